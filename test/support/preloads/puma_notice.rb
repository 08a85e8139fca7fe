# frozen_string_literal: true

require "puma"
require "puma/server"

# Loaded into the Puma under test. Puma tells its server to stop by writing to a pipe from a signal
# handler, and the server closes that pipe at its end. From Ruby 3.3 on the close can wait for ever for
# that write, which counts as blocking, with and without our middleware (puma/puma#3940). A write that
# cannot block is not waited for.
Puma::Server.prepend(Module.new do
  private

  def notify_safely(message)
    @notify&.write_nonblock(message, exception: false)
  rescue SystemCallError, IOError
    # The server is gone already, and so is who would hear.
  end
end)
