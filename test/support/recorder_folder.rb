# frozen_string_literal: true

# What lies in the folder that the option flight_recorder names.
class RecorderFolder
  # Offsets of the header that every release keeps.
  VERSION_AT = 8
  OLD_ENOUGH = 3600

  def initialize(parent)
    @parent = parent
  end

  def path = File.join(@parent, "memory_tracker-#{Process.euid}")
  def recorders = Dir[File.join(path, "*.flight")].sort
  def unreadable = Dir[File.join(path, "*.unreadable")].sort
  def of(pid) = recorders.select { |file| File.basename(file).include?("-#{pid}-") }

  # Puts a file there that looks like the recorder of an application with this key, made a while ago.
  def plant(name, bytes)
    FileUtils.mkdir_p(path, mode: 0o700)
    File.join(path, "#{name}.flight").tap do |file|
      File.binwrite(file, bytes, perm: 0o600)
      long_ago = Time.now - OLD_ENOUGH
      File.utime(long_ago, long_ago, file)
    end
  end

  def self.with_another_version(bytes) = bytes.dup.tap { |copy| copy[VERSION_AT, 4] = [ 4_000 ].pack("L") }
end
