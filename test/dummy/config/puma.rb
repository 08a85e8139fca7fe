# frozen_string_literal: true

environment ENV.fetch("RAILS_ENV", "production")
threads 5, 5
bind "tcp://127.0.0.1:#{ENV.fetch("PORT", 3000)}"

# WEB_CONCURRENCY is Puma's own name for the number of worker processes; 0 is a single process.
if ENV.fetch("WEB_CONCURRENCY", "0").to_i.positive?
  preload_app! ENV.fetch("PRELOAD_APP", "1") == "1"
  silence_single_worker_warning
end
