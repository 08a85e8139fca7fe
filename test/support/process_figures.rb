# frozen_string_literal: true

# Ground truth: what the kernel says of a process, read here by the simplest means there are.
class ProcessFigures
  MIB_IN_KIB = 1024.0

  def initialize(pid = "self")
    @pid = pid
  end

  # MB (1,048,576 bytes), as the log has them
  def rss = status_mb("VmRSS")
  def peak = status_mb("VmHWM")
  def swap = status_mb("VmSwap")
  def anonymous = status_mb("RssAnon")
  def file = status_mb("RssFile")
  def shared = status_mb("RssShmem")
  def threads = Integer(status[/^Threads:\s+(\d+)/, 1])
  def pss = rollup_mb("Pss")
  def uss = rollup_mb("Private_Clean") + rollup_mb("Private_Dirty")

  def to_h
    { rss:, peak:, swap:, anonymous:, file:, shared:, threads:, pss:, uss: }
  end

  private

  def status = File.read("/proc/#{@pid}/status")
  def status_mb(name) = Integer(status[/^#{name}:\s+(\d+) kB/, 1]) / MIB_IN_KIB
  def rollup_mb(name) = Integer(File.read("/proc/#{@pid}/smaps_rollup")[/^#{name}:\s+(\d+) kB/, 1]) / MIB_IN_KIB
end
