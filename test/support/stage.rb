# frozen_string_literal: true

# An application made of a block for each path, and requests that are under way while others run. For
# scripts of child processes, which begin with Stage::PRELUDE.
#
#   stage = Stage.new(log_file: ARGV[0], "/heavy" => proc { KEPT << ("x" * (50 << 20)) })
#   stage.during("/idle") { stage.get("/heavy") }
class Stage
  PRELUDE = "require #{__FILE__.inspect}\nMEGABYTE = 1 << 20\nKEPT = []\n"
  IDLE = proc { |pause| pause.call }

  # @param options [Hash] paths (Strings) with their blocks, which may call what they are given to wait for
  #   the others; and options of the middleware (Symbols)
  def initialize(options)
    @actions = { "/idle" => IDLE }.merge(options.select { |key, _| key.is_a?(String) })
    @inside = Queue.new
    @may_end = Queue.new
    settings = options.select { |key, _| key.is_a?(Symbol) }
    @server = InProcessServer.new(MemoryTracker::Middleware.new(method(:answer), **settings))
  end

  def get(path) = @server.get(path)

  # Runs the block while a request of another thread waits in the middle of its action.
  def during(path)
    thread = Thread.new { get(path) }
    @inside.pop
    yield
  ensure
    @may_end << true
    thread&.join
  end

  private

  def answer(env)
    @actions[env["PATH_INFO"]]&.call(method(:pause))
    [ 200, {}, [ "ok" ] ]
  end

  def pause
    @inside << true
    @may_end.pop
  end
end
