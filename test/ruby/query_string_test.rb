# frozen_string_literal: true

require_relative "../test_helper"
require "active_support"
require "active_support/parameter_filter"

# With log_query the query string is in the log, and the secrets in it are not, however they are written.
class QueryStringTest < TrackerTest
  SECRET = "hunter2"

  [ "password=hunter2", "PassWord=hunter2", "user[password]=hunter2", "user%5Bpassword%5D=hunter2", "api%5Ftoken=hunter2",
    "%74oken=hunter2", "a=1;token=hunter2", "token=hunter2&token=hunter2", "token==hunter2", "token=%68unter2=hunter2",
    "tok\xFF_key=hunter2", "keys[][secret]=hunter2", "session_id=hunter2&page=7" ].each do |query|
    define_method("test_the_names_that_rails_filters_in_a_new_application_in_#{query.scrub("?")}") do
      assert_filtered query, log_with(query)
    end
  end

  { "card[number]=hunter2" => [ "card.number" ], "card%5Bnumber%5D=hunter2" => [ "card.number" ], "card[0][number]=hunter2" => [ /number/ ],
    "iban=hunter2" => [ :iban ], "a[iban]=hunter2" => [ :iban ],
    "note=hunter2" => [ ->(name, value) { value.replace("***") if name == "note" } ] }.each do |query, filters|
    define_method("test_the_applications_own_filters_in_#{query}") do
      assert_filtered query, log_with(query, "action_dispatch.parameter_filter" => filters)
    end
  end

  def test_what_no_filter_names_is_left
    assert_includes log_with("q=shoes&page=2&card[size]=7", "action_dispatch.parameter_filter" => [ "card.number" ]),
                    "/search?q=shoes&page=2&card[size]=7"
  end

  def test_a_query_that_cannot_be_read_is_not_logged
    [ "[]=hunter2", "[=hunter2", "%=hunter2" ].each do |query|
      env = { "PATH_INFO" => "/search", "QUERY_STRING" => query, "action_dispatch.parameter_filter" => [ // ] }
      refute_includes MemoryTracker::QueryString.new.url(env).to_s, SECRET
    end
  end

  private

  def log_with(query, env = {})
    serving_unchecked(ok, log_query: true).serve(Rack::MockRequest.env_for("/search").merge("QUERY_STRING" => query, **env))
    flushed_requests
    log.bytes
  end

  def assert_filtered(query, bytes)
    refute_includes bytes, SECRET, query
    assert_includes bytes, "[FILTERED]"
  end
end
