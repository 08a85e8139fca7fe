# frozen_string_literal: true

require "puma"
require "puma/server"

# Loaded into the Puma under test. Puma tells its server to stop from a signal handler, by IO#<<, which
# takes the pipe's write lock; where the handler interrupts a thread that has it, newer Rubies hang there
# for ever, with and without our middleware (puma/puma#3940). A system call takes no lock.
Puma::Server.prepend(Module.new do
  private

  def notify_safely(message)
    @notify&.syswrite(message)
  rescue SystemCallError, IOError
    # The server is gone already, and so is who would hear.
  end
end)
