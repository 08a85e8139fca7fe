# frozen_string_literal: true

require "json"
require "memory_tracker/fields_json"
require "memory_tracker/null_tracker"
require "memory_tracker/tracked_body"

module MemoryTracker
  # Measures requests and hands them to a recorder and a writer thread; both are made at the first
  # request of a process, and anew in a forked child. The work is done by the extension, which also
  # defines, for {Middleware} alone:
  #
  # track(app, env, notes):: calls the application and gives what it gives, tracked; `notes` is a
  #   {RequestNotes} or nil. A request that another middleware of ours tracks already passes through.
  # call(env, status, headers, error):: the response is finished; what servers call through
  #   rack.response_finished, and a wrapped body when it is closed. For a request that has ended
  #   before, nothing.
  # perform(job, name, fields) { }:: yields, tracked as a job or a block; `fields` is the inside of a
  #   JSON object, or nil
  # note_query_cache(token, before, after):: entries, or nil
  # note_url(token, url):: replaces the path
  #
  # None of them raises but what the application raises, and none allocates an object.
  class Tracker
    # @param configuration [Configuration]
    # @return [Tracker]
    # @raise [Error] when the log is an IO whose descriptor cannot be used
    def self.open(configuration)
      _open(configuration.to_native).tap do |tracker|
        tracker.instance_variable_set(:@configuration, configuration)
      end
    end

    # Writes what dead processes left in their flight recorders: for an init container, or a shell.
    # An application that starts does the same for its own.
    # @param folder [String] what the option flight_recorder names
    # @param log_file [String, nil] where to; nil: stdout
    # @return [Integer, nil] recorders that were read; nil when the log did not take everything: what
    #   is left is found again
    # @raise [Error] when the folder is not there, or not this user's alone
    def self.recover(folder, log_file = nil) = _recover(folder, log_file.to_s)

    private_class_method :_open, :_recover

    # @return [Configuration]
    attr_reader :configuration

    def tracking? = !@stopped

    # @see MemoryTracker.flush
    def flush(timeout: 1.0) = _flush(Float(timeout))

    # @see MemoryTracker.stop
    def stop(timeout: 1.0)
      @stopped = true
      finish_unclosed
      _stop(Float(timeout))
    end

    # @see MemoryTracker.track
    def track_block(name, fields = {}, &block)
      perform(false, name.to_s, fields.nil? || fields.empty? ? nil : %("fields":#{json(fields)}), &block)
    end

    # A background job: a line with `event: "job"`, the job's class as its name, and the fields.
    # @param name [String]
    # @param fields [Hash{Symbol => Object}] go onto the line by themselves: jid, queue, retry
    # @return [Object] what the block returned
    def track_job(name, fields = {}, &block)
      perform(true, name.to_s, json(fields)&.slice(1..-2), &block)
    end

    # @see MemoryTracker.stats
    def stats
      {
        tracking: tracking?, reason: tracking? ? nil : "stopped", pid: Process.pid,
        queue_size: configuration.queue_size, process_memory_source: PROCESS_MEMORY_SOURCE, **_stats
      }.then do |stats|
        stats.merge(sink: stats[:sink] || configuration.log_name,
                    retention: { mode: configuration.retention, **stats[:retention] })
      end
    end

    # @see MemoryTracker.report
    def report = _report || NullTracker::EMPTY_REPORT

    private :_flush, :_stop, :_stats, :_report, :perform

    private

    def json(fields)
      Thread.handle_interrupt(Exception => :never) do
        FieldsJson.generate(fields)
      rescue StandardError
        # Not representable: the job is not to fail for it.
        "{}"
      end
    end

    # Called by the extension when the server does not tell when a response is finished.
    def wrap(response, env)
      status, headers, body = response
      [ status, headers, TrackedBody.wrap(body, env, self) ]
    end

    # Called by the extension when a request has passed the threshold and somebody wants to know.
    def notify(line)
      Thread.handle_interrupt(Exception => :never) { call_back(line) }
    end

    # An exception that another thread raises in this one waits until it is done, for it would be
    # taken for the callback's.
    def call_back(line)
      configuration.on_threshold.call(JSON.parse(line, symbolize_names: true))
    rescue StandardError => error
      warn "memory_tracker: on_threshold raised #{error.class}: #{error.message}" unless @complained
      @complained = true
    end
  end
end
