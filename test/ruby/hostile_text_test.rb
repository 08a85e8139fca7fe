# frozen_string_literal: true

require_relative "../test_helper"

# Bytes from outside: each request is valid JSON on one line (TrackerLog refuses anything else), and what
# was cut is named.
class HostileTextTest < TrackerTest
  PATHS = {
    "invalid UTF-8" => "/caf\xC3\x28/\xFF\xFE/\xED\xA0\x80",
    "a lone continuation byte at the end" => "/end\x80",
    "NUL" => "/a\0b",
    "newlines" => "/a\nb\r\nc\n{\"level\":\"WARN\"}",
    "quotes and backslashes" => %q(/"a"\\b'c'\u0041),
    "terminal escapes" => "/\e[31mred\e[0m\e]0;title\a",
    "separators of other readers" => "/a\u2028b\u2029c\u0085d",
    "a byte order mark" => "\u{feff}/bom",
    "every byte there is" => "/" + (0..255).to_a.pack("C*"),
    "nothing" => ""
  }.freeze

  PATHS.each do |what, path|
    define_method("test_a_path_with_#{what.tr(" ", "_")}") do
      serve("PATH_INFO" => path)
      line = only_request
      text = path.dup.force_encoding("UTF-8")
      assert_equal text, line["url"].to_s if text.valid_encoding?
      refute_includes line.keys, "truncated"
    end
  end

  def test_a_path_of_100_kilobytes_is_cut_and_named
    path = "/#{"a" * 100_000}"
    serve("PATH_INFO" => path)
    line = only_request
    assert_includes line["truncated"], "url"
    assert_operator line["url"].bytesize, :<, 10_000
    assert path.start_with?(line["url"].delete_suffix("…")), "the beginning is kept"
    assert_operator line["url"].bytesize, :>=, 100
  end

  def test_a_cut_inside_a_character_leaves_whole_characters
    (0..3).each { |offset| serve("PATH_INFO" => "/#{"a" * offset}#{"é🦉" * 20_000}") }
    flushed_requests.each do |line|
      assert_includes line["truncated"], "url"
      refute_includes line["url"], "\u{fffd}"
    end
  end

  def test_a_request_id_of_10_kilobytes_is_cut_and_named
    id = "r" * 10_240
    serve("HTTP_X_REQUEST_ID" => id)
    line = only_request
    assert_includes line["truncated"], "request_id"
    assert id.start_with?(line["request_id"])
    assert_operator line["request_id"].size, :>=, 36, "a UUID fits"
  end

  def test_a_request_id_with_control_characters
    id = "a\tb\x01\x1f\x7f\r\n{}\e[2J\0z"
    serve("HTTP_X_REQUEST_ID" => id)
    assert_equal id, only_request["request_id"]
  end

  def test_a_uuid_request_id_is_whole
    id = "123e4567-e89b-42d3-a456-426614174000"
    serve("HTTP_X_REQUEST_ID" => id)
    assert_equal id, only_request["request_id"]
  end

  def test_rails_request_ids_come_first
    serve("HTTP_X_REQUEST_ID" => "theirs", "action_dispatch.request_id" => "ours")
    assert_equal "ours", only_request["request_id"]
  end

  def test_a_method_that_is_none
    serve("REQUEST_METHOD" => "GE\nT\xFF#{"X" * 5000}")
    assert_includes only_request["truncated"], "method"
  end

  def test_a_class_name_of_an_exception_that_is_long
    type = Class.new(StandardError)
    type.define_singleton_method(:name) { "Errors::#{"É" * 10_000}" }
    server = serving_unchecked(->(_env) { raise type })
    assert_raises(type) { server.get("/") }
    line = only_request
    assert_includes line["truncated"], "error" if line["error"] != "StandardError"
  end

  def test_constant_fields_with_hostile_text
    fields = { service: "sh\"op\n\e[0m", "né\0w" => "\u2028" }
    serving(ok, fields: fields).get("/")
    assert_equal [ "sh\"op\n\e[0m", "\u2028" ], only_request.values_at("service", "né\0w")
  end

  def test_thread_names_with_hostile_text
    server = serving_unchecked(ok)
    thread = Thread.new { server.get("/") }
    thread.name = "worker \"1\"\n\e[0m"
    thread.join
    assert_kind_of String, only_request["thread"].to_s
  end

  def test_binary_frozen_and_shared_strings
    paths = [ "/bin\xC3".b, "/frozen".freeze, "/#{"shared" * 20}"[1..].prepend("/"), "/utf16".encode("UTF-16LE") ]
    paths.each { |path| serve("PATH_INFO" => path) }
    assert_equal 4, flushed_requests.size
  end

  def test_an_environment_that_lacks_what_rack_demands
    answered = []
    tracked = middleware(->(env) { answered << env; [ 200, {}, [] ] })
    [ {}, { "PATH_INFO" => nil, "REQUEST_METHOD" => nil }, { "PATH_INFO" => 5, "HTTP_X_REQUEST_ID" => [ 1 ] },
      { "REQUEST_METHOD" => :GET, "action_dispatch.request_id" => Object.new } ].each do |env|
      _, _, body = tracked.call(env)
      body.close
    end
    assert_equal 4, answered.size
    assert_equal 4, flushed_requests.size
  end

  def test_many_lines_with_hostile_text_stay_whole
    200.times { |number| serve("PATH_INFO" => Random.new(number).bytes(200).prepend("/"), "HTTP_X_REQUEST_ID" => "#{number}\n") }
    assert_equal (0...200).map { |number| "#{number}\n" }, flushed_requests.map { |line| line["request_id"] }
  end

  private

  def serve(overrides)
    (@server ||= serving_unchecked(ok)).serve(Rack::MockRequest.env_for("/").merge(overrides))
  end
end
