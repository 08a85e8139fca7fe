# frozen_string_literal: true

# The database is made at the first boot, so that nothing has to be prepared by hand. Several processes may boot at
# once (Puma workers, tests beside a demo): the first one makes it, and the others wait for the lock.
Rails.application.config.after_initialize do
  Rails.root.join("tmp").mkpath
  File.open(Rails.root.join("tmp/schema.lock"), File::RDWR | File::CREAT) do |lock|
    lock.flock(File::LOCK_EX)
    load Rails.root.join("db/schema.rb") unless Order.connection_pool.with_connection { |connection| connection.table_exists?("items") }
    SampleOrders.make if Order.none?
  end

  # An open SQLite connection must not be carried into a forked worker.
  Order.connection_pool.disconnect!
end
