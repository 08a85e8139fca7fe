# frozen_string_literal: true

require "open3"

# A file system of a few KiB that a test can fill up.
class SmallFileSystem
  # Mounting takes root, and a kernel that lets this root mount.
  class Refused < StandardError; end

  def self.mounted(path, kib:)
    Dir.mkdir(path)
    answer, status = Open3.capture2e("mount", "-t", "tmpfs", "-o", "size=#{kib}k", "tmpfs", path)
    raise Refused, "no file system can be mounted here: #{answer.strip}" unless status.success?

    begin
      yield new(path)
    ensure
      # Lazily: whoever still has a file open there does not keep the folder from being removed.
      system("umount", "--lazy", path)
    end
  end

  attr_reader :path

  def initialize(path)
    @path = path
  end

  def fill
    File.open(ballast, "w") { |file| loop { file.syswrite("x" * 1024) } }
  rescue Errno::ENOSPC
    nil
  end

  def make_room = File.delete(ballast)

  private

  def ballast = File.join(path, "ballast")
end
