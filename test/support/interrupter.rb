# frozen_string_literal: true

require "rbconfig"

# Thread#raise in the main thread at any moment: another process sends signals at random intervals, and each finds
# the thread at the next place where Ruby looks for interrupts. Another Ruby thread could do the same only where
# this one gives up its turn.
class Interrupter
  # What rack-timeout raises is a StandardError too.
  class Interrupted < StandardError; end

  SENDER = <<~'RUBY'
    random = Random.new(ARGV[1].to_i)
    begin
      loop { Process.kill(:USR1, ARGV[0].to_i); sleep(random.rand * 0.0002) }
    rescue Errno::ESRCH
      nil
    end
  RUBY

  attr_reader :raised, :arrived

  def initialize(seed: 1)
    @raised = @arrived = 0
    @armed = false
    trap(:USR1) { interrupt if @armed }
    @sender = Process.spawn(RbConfig.ruby, "--disable-all", "-e", SENDER, Process.pid.to_s, seed.to_s)
  end

  # Runs the block, in which at most one exception is raised.
  # @return [Boolean] whether it came to the block's caller
  def expose
    @armed = true
    yield
    @armed = false
    false
  rescue Interrupted
    @arrived += 1
    true
  end

  def stop
    Process.kill(:KILL, @sender)
    Process.wait(@sender)
    trap(:USR1, "IGNORE")
  end

  private

  def interrupt
    @armed = false
    @raised += 1
    Thread.current.raise(Interrupted)
  end
end
