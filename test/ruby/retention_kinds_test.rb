# frozen_string_literal: true

require_relative "../test_helper"

# What a request keeps, of which class, and where it was made: compared with what it was told to keep.
class RetentionKindsTest < RetentionTest
  KEPT = []
  Point = Struct.new(:x, :y)

  # The class that callbacks are registered with, as libraries do it.
  class Registry
    @@callbacks = []

    def self.register(&callback) = @@callbacks << callback
    def self.remember(object) = @@callbacks << object
    def self.clear = @@callbacks.clear
  end

  def teardown
    KEPT.clear
    Registry.clear
    Thread.current[:kept] = nil
    super
  end

  [ 1, 5, 20, 100 ].each do |count|
    define_method("test_#{count}_objects") do
      report = kept_by { count.times { KEPT << Object.new } }; line = __LINE__
      assert_kept count, report
      assert_site "Object", line, report
      assert_in_delta 40.0 * count, report[:kept_bytes][:mean], 8.0 * count
    end
  end

  def test_more_objects_than_are_followed
    report = kept_by(requests: 40) { 1000.times { KEPT << Object.new } }; line = __LINE__
    assert_operator report[:kept_objects][:low], :<=, 1000.0, report.inspect
    assert_operator report[:kept_objects][:high], :>=, 1000.0, report.inspect
    assert_kept 1000, report, within: 60
    assert_site "Object", line, report
  end

  def test_some_among_many_that_are_not_kept
    report = kept_by(requests: 60) do
      200.times { KEPT << Object.new }; 1800.times { Object.new }
    end
    line = __LINE__ - 2
    assert_kept 200, report, within: 40
    assert_site "Object", line, report
  end

  def test_a_string_of_8_kilobytes
    report = kept_by { KEPT << ("x" * 8192) }; line = __LINE__
    assert_kept 1, report
    assert_site "String", line, report
    assert_in_delta 8192, report[:kept_bytes][:mean], 600
  end

  def test_a_closure
    report = kept_by { data = Object.new; Registry.register { data } }; line = __LINE__
    # The callback and what it sees; its environment is Ruby's own.
    assert_kept 2, report
    assert_equal [ "Object", "Proc" ], report[:sites].map { |site| site[:class] }.sort
    assert_site report[:sites].first[:class], line, report
  end

  def test_a_class_variable
    report = kept_by { Registry.remember(Object.new) }; line = __LINE__
    assert_kept 1, report
    assert_site "Object", line, report
  end

  def test_a_thread_local
    Thread.current[:kept] = []
    report = kept_by { Thread.current[:kept] << Object.new }; line = __LINE__
    assert_kept 1, report
    assert_site "Object", line, report
  end

  def test_a_hash_with_a_default_block
    names = Hash.new { |hash, key| hash[key] = "name #{key}" }; line = __LINE__
    number = 0
    report = kept_by { names[number += 1] }
    assert_kept 1, report
    assert_site "String", line, report
  end

  def test_frozen_strings
    report = kept_by { |env| KEPT << "frozen #{env.object_id}".freeze }; line = __LINE__
    assert_kept 1, report
    assert_site "String", line, report
  end

  def test_structs
    report = kept_by { KEPT << Point.new(1, 2) }; line = __LINE__
    assert_kept 1, report
    assert_site "RetentionKindsTest::Point", line, report
  end

  def test_symbols
    number = 0
    report = kept_by { KEPT << "symbol_of_a_request_#{number += 1}".to_sym }; line = __LINE__
    # Some Rubies keep the name as a String of its own.
    assert_includes report[:sites].map { |site| [ site[:class], site[:location] ] },
                    [ "Symbol", "test/ruby/retention_kinds_test.rb:#{line}" ], report.inspect
    assert_kept 1.5, report, within: 0.65
  end

  def test_nothing_kept
    report = kept_by { Array.new(20) { |number| "#{number}" } }
    assert_kept 0, report
    refute_equal :leaking, report[:verdict]
  end

  def test_kept_for_a_while_only
    report = kept_by { KEPT << Object.new; KEPT.shift if KEPT.size > 1 }
    assert_kept 0, report
  end

  def test_anonymous_classes_are_named_after_what_they_descend_from
    report = kept_by { KEPT << Class.new(Point) { def self.name = raise("called") }.new(1, 2) }
    names = report[:sites].map { |site| site[:class] }
    assert_includes names, "(anonymous RetentionKindsTest::Point)", report.inspect
    assert_includes names, "Class", report.inspect
  end

  def test_singleton_classes
    report = kept_by { KEPT << Object.new.tap { |object| def object.answer = 42 } }
    assert_includes report[:sites].map { |site| site[:class] }, "Object", report.inspect
  end

  def test_what_a_gem_allocates_is_told_by_the_line_of_the_application_that_called_it
    report = kept_by { KEPT << Rack::Utils.parse_query("a=1&b=2") }; line = __LINE__
    locations = report[:sites].map { |site| site[:location] }.uniq
    assert_equal [ "test/ruby/retention_kinds_test.rb:#{line}" ], locations, report.inspect
  end
end
