# frozen_string_literal: true

require_relative "../test_helper"

class ConfigurationTest < TrackerTest
  DEFAULTS = {
    threshold: 10, enabled: true, sample_rate: 1.0, ignore_paths: [], gc_stats: :core, object_counts: :budget, retention: :budget,
    process_sample_interval: 10, queue_size: 1024, flush_interval: 0.1, log_query: false,
    fields: {}, on_threshold: nil
  }.freeze

  # option => [ wrong values, what the message must say is accepted ]
  WRONG = {
    threshold: [ [ -1, "20", "lots", Float::NAN, [] ], /number|MB/i ],
    log_file: [ [ 5, :syslog, Object.new, true ], /stdout/ ],
    enabled: [ [ "perhaps", 2 ], /true.*false/ ],
    sample_rate: [ [ 1.5, -0.1, "half", Float::NAN ], /0.*1/ ],
    ignore_paths: [ [ 5, [ 5 ], [ nil ] ], /string.*regexp/i ],
    gc_stats: [ [ :everything, 5, [ :no_such_counter ] ], /core.*all/ ],
    object_counts: [ [ :often, 3, "yes please" ], /budget/ ],
    retention: [ [ :often, 1.5, -0.1, "half", true, nil, Float::NAN ], /budget.*0.*1.*false/ ],
    process_sample_interval: [ [ 0, -1, "ten", true ], /second|number|false/i ],
    flight_recorder: [ [ 5, [] ], /false/ ],
    queue_size: [ [ 0, -1, 1.5, "many" ], /integer|whole|number|between|least/i ],
    flush_interval: [ [ 0, -1, "fast" ], /second|number|positive|greater/i ],
    log_query: [ [ "perhaps", 1 ], /true.*false/ ],
    fields: [ [ "service", 5, [ 1 ] ], /hash/i ],
    on_threshold: [ [ "puts", 5 ], /call/i ]
  }.freeze

  WRONG_VARIABLES = {
    "THRESHOLD" => %w[twenty -1 nan], "ENABLED" => %w[perhaps], "SAMPLE_RATE" => %w[2 half -1],
    "GC_STATS" => %w[everything,no_such_counter], "OBJECT_COUNTS" => %w[often], "RETENTION" => %w[often 2 -1],
    "PROCESS_SAMPLE_INTERVAL" => %w[never -5],
    "QUEUE_SIZE" => %w[0 -1 many 1.5], "FLUSH_INTERVAL" => %w[fast 0],
    "LOG_QUERY" => %w[perhaps], "FIELDS" => %w[service [1] {]
  }.freeze

  WRONG.each do |option, (values, accepted)|
    values.each do |value|
      shown = value.inspect[/\A#<\w+/] || value.inspect
      define_method("test_#{option}_refuses_#{shown}") do
        error = assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Configuration.new(option => value) }
        assert_includes error.message, option.to_s
        assert_includes error.message, shown.delete_suffix(">")
        assert_match accepted, error.message.sub(shown, "").sub(option.to_s, ""), "says what is accepted"
      end
    end
  end

  WRONG_VARIABLES.each do |name, values|
    values.each do |value|
      define_method("test_environment_#{name}_refuses_#{value}") do
        with_environment("MEMORY_TRACKER_#{name}" => value) do
          error = assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Configuration.new }
          assert_includes error.message, "MEMORY_TRACKER_#{name}"
          # A list names the entry that is wrong in it.
          assert_includes error.message, value.split(",").last
        end
      end
    end
  end

  def test_the_error_is_one_of_ours_and_a_standard_error
    assert_operator MemoryTracker::ConfigurationError, :<, MemoryTracker::Error
    assert_operator MemoryTracker::Error, :<, StandardError
  end

  def test_an_unknown_option_is_named_beside_the_known_ones
    error = assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Configuration.new(treshold: 20) }
    assert_includes error.message, "treshold"
    assert_match(/\bthreshold\b/, error.message)
    assert_includes error.message, "log_file"
  end

  def test_a_wrong_option_is_found_when_the_middleware_is_built
    application = ok
    error = assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Middleware.new(application, threshold: -1) }
    assert_includes error.message, "threshold"
    assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Middleware.new(application, treshold: 1) }
  end

  def test_defaults
    configuration = MemoryTracker::Configuration.new
    DEFAULTS.each do |option, default|
      value = configuration.public_send(option)
      default.nil? ? assert_nil(value, option) : assert_equal(default, value, option)
    end
    assert_equal :stdout, configuration.log_file, "plain Rack logs to stdout"
  end

  def test_log_file_refuses_a_folder
    error = assert_raises(MemoryTracker::ConfigurationError) { MemoryTracker::Configuration.new(log_file: folder) }
    assert_includes error.message, "folder"
  end

  def test_every_option_can_be_given
    given = {
      threshold: 2.5, log_file: "log/memory.log", enabled: false, sample_rate: 0.5, ignore_paths: [ "/up", %r{\A/assets} ],
      gc_stats: %i[count heap_live_slots], object_counts: true, retention: 0.25, process_sample_interval: false, flight_recorder: false,
      queue_size: 16, flush_interval: 1, log_query: true, fields: { service: "shop" }, on_threshold: ->(_) { }
    }
    configuration = MemoryTracker::Configuration.new(**given)
    given.except(:log_file).each { |option, value| assert_equal value, configuration.public_send(option), option }
    # Whatever folder the server changes to later, the log stays where it was meant to be.
    assert_equal File.expand_path("log/memory.log"), configuration.log_file
  end

  def test_log_file_takes_a_pathname_and_an_io
    assert_equal File.expand_path("log/memory.log"), MemoryTracker::Configuration.new(log_file: Pathname("log/memory.log")).log_file.to_s
    assert_same $stderr, MemoryTracker::Configuration.new(log_file: $stderr).log_file
  end

  def test_environment_variables
    with_environment("MEMORY_TRACKER_THRESHOLD" => "20", "MEMORY_TRACKER_ENABLED" => "0", "MEMORY_TRACKER_SAMPLE_RATE" => "0.25",
                     "MEMORY_TRACKER_IGNORE_PATHS" => "/up,/assets", "MEMORY_TRACKER_GC_STATS" => "count,heap_live_slots",
                     "MEMORY_TRACKER_OBJECT_COUNTS" => "false", "MEMORY_TRACKER_RETENTION" => "0.02", "MEMORY_TRACKER_QUEUE_SIZE" => "64",
                     "MEMORY_TRACKER_PROCESS_SAMPLE_INTERVAL" => "false", "MEMORY_TRACKER_LOG_FILE" => "stderr",
                     "MEMORY_TRACKER_LOG_QUERY" => "1", "MEMORY_TRACKER_FIELDS" => '{"service":"shop"}') do
      configuration = MemoryTracker::Configuration.new
      assert_equal 20, configuration.threshold
      assert_equal false, configuration.enabled
      assert_in_delta 0.25, configuration.sample_rate
      assert_equal [ "/up", "/assets" ], configuration.ignore_paths
      assert_equal %w[count heap_live_slots], configuration.gc_stats.map(&:to_s)
      assert_equal false, configuration.object_counts
      assert_in_delta 0.02, configuration.retention
      assert_equal 64, configuration.queue_size
      assert_equal false, configuration.process_sample_interval
      assert_equal :stderr, configuration.log_file
      assert_equal true, configuration.log_query
      assert_equal({ "service" => "shop" }, configuration.fields.transform_keys(&:to_s))
    end
  end

  def test_retention_by_the_environment
    { "budget" => :budget, "false" => false, "0" => false, "1" => 1.0 }.each do |text, value|
      with_environment("MEMORY_TRACKER_RETENTION" => text) do
        assert_equal value, MemoryTracker::Configuration.new.retention, text
      end
    end
  end

  def test_an_explicit_argument_wins_over_the_environment
    with_environment("MEMORY_TRACKER_THRESHOLD" => "20", "MEMORY_TRACKER_ENABLED" => "0") do
      configuration = MemoryTracker::Configuration.new(threshold: 5, enabled: true)
      assert_equal 5, configuration.threshold
      assert_equal true, configuration.enabled
    end
  end

  def test_a_configuration_has_no_side_effects
    MemoryTracker::Configuration.new(log_file: log_path, flight_recorder: folder)
    middleware(ok, flight_recorder: folder)
    assert_empty Dir.children(folder), "files are made at the first request, after the server forked its workers"
  end
end
