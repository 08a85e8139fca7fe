# frozen_string_literal: true

require_relative "tracker_test"

# A test of what requests leave alive, with every request sampled. A request here makes fewer objects than
# are followed, so that each of them is, and what is kept is known exactly.
class RetentionTest < TrackerTest
  # The first look at survivors comes after so many.
  MAJOR_COLLECTIONS = 3

  def setup
    super
    # Until the next one is read, no place of the stack may hold an object of an earlier test.
    GC.start
  end

  private

  # @return [Hash] the report of an endpoint, after its requests have been looked at
  def kept_by(path = "/work", requests: 20, **options, &work)
    server = retaining(path, **options, &work)
    drive(server, path, requests)
    report_of(path)
  end

  def retaining(path = "/work", **options, &work)
    serving_unchecked(lambda do |env|
      work.call(env) if env["PATH_INFO"] == path
      ok.call(env)
    end, retention: 1.0, **options)
  end

  def drive(server, path, requests)
    requests.times { server.get(path) }
    look
  end

  # What the last request left on the stack looks alive to the collector, so there are others after it.
  def look
    server = serving_unchecked(ok, retention: 1.0)
    MAJOR_COLLECTIONS.times do
      3.times { server.get("/afterwards") }
      GC.start
    end
    MemoryTracker.report
  end

  def endpoint_of(path) = MemoryTracker.report[:endpoints].find { |each| each[:endpoint] == path }

  def report_of(path)
    endpoint_of(path) || flunk("no #{path} in #{MemoryTracker.report.inspect}, #{MemoryTracker.stats[:retention]}")
  end

  def assert_kept(objects, report, within: 0.5)
    assert_in_delta objects, report[:kept_objects][:mean], within, report.inspect
  end

  def assert_site(class_name, line, report)
    site = report[:sites].first || flunk("no site in #{report}")
    assert_equal [ class_name, "test/ruby/#{File.basename(caller_locations(1, 1).first.path)}:#{line}" ],
                 site.values_at(:class, :location), report.inspect
  end
end
