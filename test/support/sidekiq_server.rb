# frozen_string_literal: true

require_relative "server_process"

# A real Sidekiq process with the jobs of one file, ready when it has loaded them and turns to Redis.
class SidekiqServer < ServerProcess
  READY = "connecting to Redis"

  def initialize(jobs, redis:, env: {}, queues: %w[default], concurrency: 2)
    command = [ RbConfig.ruby, Gem.bin_path("sidekiq", "sidekiq"), "--require", jobs, "--concurrency", concurrency.to_s,
                "--timeout", "5", "--environment", "production", *queues.flat_map { |queue| [ "--queue", queue ] } ]
    super(command, env: { "REDIS_URL" => redis.url }.merge(env), chdir: File.dirname(jobs))
  end

  private

  def connectable? = output.include?(READY)
end
