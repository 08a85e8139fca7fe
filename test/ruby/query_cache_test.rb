# frozen_string_literal: true

require_relative "../test_helper"
require "active_record"

# Real ActiveRecord on a real SQLite: the entries of the connection that the request uses anyway, and never
# a connection for our sake.
class QueryCacheTest < TrackerTest
  def setup
    super
    ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: File.join(folder, "test.sqlite3"), pool: 5)
    pool.release_connection
  end

  def teardown
    ActiveRecord::Base.remove_connection
    super
  end

  def test_a_request_without_the_database_checks_no_connection_out
    server = serving(ok)
    connections = pool.stat[:connections]
    3.times { server.get("/") }
    Thread.new { server.get("/from-another-thread") }.join
    flushed_requests.each { |line| assert_empty line.keys.grep(/query_cache/), "unknown is absent" }
    assert_nil pool.active_connection?
    assert_equal connections, pool.stat[:connections]
    assert_equal 0, pool.stat[:busy]
  end

  def test_entries_of_a_connection_in_use_are_counted
    with_query_cache do
      ActiveRecord::Base.connection.select_all("SELECT 1")
      serving(select("SELECT 2", "SELECT 3", "SELECT 3")).get("/")
    end
    assert_equal [ 1, 3 ], only_request.values_at("query_cache_before", "query_cache_after")
  end

  def test_a_connection_that_the_request_takes_itself_is_counted_after_it
    with_query_cache { serving(select("SELECT 1")).get("/") }
    line = only_request
    assert_equal 1, line["query_cache_after"]
    assert_includes [ nil, 0 ], line["query_cache_before"]
  end

  def test_a_cache_that_is_off
    serving(select("SELECT 1")).get("/")
    assert_includes [ nil, 0 ], only_request["query_cache_after"]
    pool.release_connection
  end

  def test_the_pool_can_be_exhausted_by_others
    taken = Array.new(5) { pool.checkout }
    assert_equal "ok", serving(ok).get("/").text
    assert_equal 1, flushed_requests.size
  ensure
    taken&.each { |connection| pool.checkin(connection) }
  end

  def test_without_any_database_the_application_answers
    ActiveRecord::Base.remove_connection
    assert_equal "ok", serving(ok).get("/").text
    assert_equal 1, flushed_requests.size
  end

  def test_a_database_that_cannot_be_reached_is_not_tried
    ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: "/nonexistent/folder/test.sqlite3")
    assert_equal "ok", serving(ok).get("/").text
    assert_empty only_request.keys.grep(/query_cache/)
  end

  private

  def pool = ActiveRecord::Base.connection_pool

  # Rails 7.2 has the cache in the pool, older ones in the connection.
  def with_query_cache(&block)
    pool.respond_to?(:enable_query_cache) ? pool.enable_query_cache(&block) : ActiveRecord::Base.connection.cache(&block)
  end

  def select(*statements)
    lambda do |env|
      statements.each { |statement| ActiveRecord::Base.connection.select_all(statement) }
      ok.call(env)
    end
  end
end
