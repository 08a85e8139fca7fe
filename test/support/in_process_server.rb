# frozen_string_literal: true

require "stringio"

# What a Rack server does around an application, without sockets: calls it, sends the body, closes it and,
# where it offers `rack.response_finished`, calls back, last registered first, whether or not the
# application raised.
class InProcessServer
  Response = Struct.new(:status, :headers, :text, :body)

  def initialize(application, response_finished: true)
    @application = application
    @response_finished = response_finished
  end

  def get(path, **env) = request("GET", path, **env)

  def request(method, path, **env)
    serve(Rack::MockRequest.env_for(path, method: method).merge(env.transform_keys(&:to_s)))
  end

  def serve(env)
    callbacks = env["rack.response_finished"] = [] if @response_finished
    status, headers, body = @application.call(env)
    Response.new(status, headers, send_body(headers, body), body)
  rescue Exception => error
    raise
  ensure
    body.close if body.respond_to?(:close)
    callbacks&.reverse_each { |callback| callback.call(env, status, headers, error) }
  end

  private

  def send_body(headers, body)
    socket = StringIO.new
    if headers["rack.hijack"]
      headers["rack.hijack"].call(socket)
    elsif body.respond_to?(:each)
      body.each { |chunk| socket << chunk }
    else
      body.call(socket)
    end
    socket.string
  end
end
