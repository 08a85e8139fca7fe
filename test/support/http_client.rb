# frozen_string_literal: true

require "net/http"

# Real HTTP to a server on the loopback interface.
class HttpClient
  TIMEOUT_SECONDS = 20

  def initialize(port)
    @port = port
  end

  def get(path, **headers) = open { |http| http.request(Net::HTTP::Get.new(path, with_names(headers))) }
  def head(path) = open { |http| http.request(Net::HTTP::Head.new(path)) }

  def post(path, form = {}, **headers)
    open do |http|
      request = Net::HTTP::Post.new(path, with_names(headers))
      request.set_form_data(form)
      http.request(request)
    end
  end

  # One kept-alive connection for many requests.
  def open(&block)
    # No second try behind the back of a test that counts its requests.
    Net::HTTP.start("127.0.0.1", @port, read_timeout: TIMEOUT_SECONDS, open_timeout: TIMEOUT_SECONDS, max_retries: 0, &block)
  end

  private

  # x_request_id: "a" becomes the header x-request-id
  def with_names(headers) = headers.to_h { |name, value| [ name.to_s.tr("_", "-"), value ] }
end
