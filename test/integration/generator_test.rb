# frozen_string_literal: true

require_relative "../test_helper"

class GeneratorTest < Minitest::Test
  include OwnFolder

  OPTIONS = %w[threshold log_file enabled sample_rate ignore_paths gc_stats object_counts retention process_sample_interval
               flight_recorder queue_size flush_interval log_query fields on_threshold].freeze

  def setup
    super
    FileUtils.cp_r("#{DummyServer::ROOT}/.", folder)
    FileUtils.rm_f(initializer)
  end

  def test_the_initializer_mentions_every_option_commented
    generate
    text = File.read(initializer)
    OPTIONS.each { |option| assert_match(/^\s*#.*\b#{option}\b/, text, option) }
    code = text.lines.reject { |line| line.strip.start_with?("#") || line.strip.empty? }.join
    OPTIONS.each { |option| refute_match(/^\s*(config\.\w+\.)?#{option}\b/, code, "#{option} is commented out") }
  end

  def test_the_initializer_is_ruby_and_the_application_boots_with_it
    generate
    assert_predicate ChildProcess.run("exit(RubyVM::InstructionSequence.compile_file(#{initializer.inspect}) ? 0 : 1)"), :success?
    assert_equal "true", boot.out.lines.last, boot.err
  end

  def test_every_option_works_when_its_comment_is_taken_away
    generate
    uncommented = 0
    text = File.read(initializer).gsub(/^(\s*)# ((?:#{OPTIONS.join("|")}): .+,)$/) do
      uncommented += 1
      "#{$1}#{$2}"
    end
    File.write(initializer, text)
    assert_equal OPTIONS.size, uncommented
    assert_equal "true", boot.out.lines.last, boot.err
  end

  private

  def initializer = File.join(folder, "config", "initializers", "memory_tracker.rb")

  def generate
    result = rails("generate", "memory_tracker:install")
    assert_predicate result, :success?, result.out + result.err
    assert_path_exists initializer
  end

  def boot
    @boot ||= rails("runner", "print Rails.application.initialized?", env: { "DUMMY_LOG_FILE" => File.join(folder, "tracker.log") })
  end

  def rails(*arguments, env: {})
    command = "APP_PATH = #{File.join(folder, "config", "application").inspect}; require 'rails/commands'"
    ChildProcess.command([ RbConfig.ruby, "-e", command, "--", *arguments ], env: env, chdir: folder)
  end
end
