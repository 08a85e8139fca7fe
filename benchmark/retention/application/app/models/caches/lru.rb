# frozen_string_literal: true

# A bounded cache: what was not asked for the longest goes.
module Caches::Lru
  Entry = Struct.new(:key, :body)
  ENTRIES = {}
  LOCK = Mutex.new

  def self.fetch(key, capacity:)
    LOCK.synchronize do
      ENTRIES[key] = ENTRIES.delete(key) || Entry.new(key, "body of #{key} " * 4) # kept
      ENTRIES.shift if ENTRIES.size > capacity
      ENTRIES[key]
    end
  end
end
