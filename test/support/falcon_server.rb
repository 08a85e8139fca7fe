# frozen_string_literal: true

require_relative "loopback_port"
require_relative "server_process"

# A real Falcon with one worker on a free loopback port. Falcon ends its workers without at_exit: their recorders
# stay, and what is not written when it is stopped is not written at all.
class FalconServer < ServerProcess
  # @param application [String] the text of its config.ru
  def initialize(application, folder:, env: {})
    rackup = File.join(folder, "config.ru")
    File.write(rackup, application)
    port = LoopbackPort.free
    command = [ RbConfig.ruby, Gem.bin_path("falcon", "falcon"), "serve", "--bind", "http://127.0.0.1:#{port}", "--count", "1",
                "--config", rackup ]
    super(command, env: { "RUBYLIB" => ChildProcess::RUBYLIB }.merge(env), chdir: folder, port: port)
  end
end
