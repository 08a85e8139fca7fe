# frozen_string_literal: true

require_relative "../test_helper"

# Every shape of a response through a real Puma: what the client receives is what the application said, and
# there is one line a request.
class PumaBodiesTest < TrackerTest
  RACKUP = <<~'RUBY'
    require "memory_tracker"
    use MemoryTracker::Middleware, log_file: ENV.fetch("LOG"), threshold: 20
    KEPT = []
    enumerated = ->(&each) { Enumerator.new { |sink| each.call(sink) } }
    run(lambda do |env|
      case env["PATH_INFO"]
      when "/array" then [ 200, {}, [ "a", "b" ] ]
      when "/each" then [ 200, {}, enumerated.call { |sink| 3.times { |number| sink << number.to_s } } ]
      when "/grows" then [ 200, {}, enumerated.call { |sink| KEPT << ("x" * (40 << 20)); sink << "grown" } ]
      when "/call" then [ 200, {}, ->(stream) { stream.write("streamed"); stream.close } ]
      when "/file" then Rack::Files.new(File.dirname(ENV.fetch("LOG"))).call(env)
      when "/partial" then [ 200, { "rack.hijack" => ->(io) { io.write("taken"); io.close }, "connection" => "close" }, [] ]
      when "/full"
        io = env["rack.hijack"].call
        io.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 6\r\n\r\nseized")
        io.close
        [ 200, {}, [] ]
      when "/breaks" then [ 200, {}, enumerated.call { |sink| sink << "half"; raise IOError, "broken body" } ]
      when "/raises" then raise ArgumentError, "broken"
      when "/nothing" then [ 204, {}, [] ]
      else [ 404, {}, [] ]
      end
    end)
  RUBY

  BODIES = { "/array" => "ab", "/each" => "012", "/grows" => "grown", "/call" => "streamed", "/file" => "a file",
             "/partial" => "taken", "/full" => "seized" }.freeze

  def test_every_shape_of_a_response
    rackup = File.join(folder, "config.ru")
    File.write(rackup, RACKUP)
    File.write(File.join(folder, "file"), "a file")
    PumaServer.open(rackup, env: { "LOG" => log_path, "RUBYLIB" => ChildProcess::RUBYLIB }) do |server|
      BODIES.each { |path, text| assert_equal text, server.client.get(path).body, path }
      assert_equal "500", server.client.get("/raises").code
      assert_equal "204", server.client.get("/nothing").code
      assert_equal "404", server.client.get("/missing").code
      assert_raises(EOFError, Errno::ECONNRESET, Net::HTTPBadResponse) { server.client.get("/breaks") }
      assert_equal "200", server.client.head("/array").code
      eventually(what: "a line each") { log.requests.size >= BODIES.size + 5 }
    end
    lines = log.requests.group_by { |line| line["url"] }
    assert_equal [ 2 ] + [ 1 ] * 10, [ lines.delete("/array"), *lines.values ].map(&:size)
    assert_equal [ "WARN" ], lines["/grows"].map { |line| line["level"] }
    assert_in_delta 40, lines["/grows"].first["memory_growth"], 1
    assert_equal [ "ArgumentError", nil ], lines["/raises"].first.values_at("error", "status")
    assert_equal 0, log.requests.count { |line| line["unclosed"] }
  end
end
