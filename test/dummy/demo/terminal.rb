# frozen_string_literal: true

module Demo
  # Output that is coloured and redrawn on a terminal, and plain lines everywhere else.
  class Terminal
    WIDTH = 100
    BAR = 30
    SECONDS_BETWEEN_PLAIN_LINES = 2

    def initialize(output = $stdout)
      @output = output
      @output.sync = true
      @interactive = output.tty?
      @coloured = @interactive && !ENV.key?("NO_COLOR")
      @said_at = 0
    end

    def say(text = "") = @output.puts(text)
    def heading(text) = say("\n#{bold(text)}\n#{dim("─" * WIDTH)}")

    def bold(text) = paint(1, text)
    def dim(text) = paint(2, text)
    def red(text) = paint(31, text)
    def green(text) = paint(32, text)
    def yellow(text) = paint(33, text)

    def progress(elapsed, total, text)
      if @interactive
        filled = (BAR * (elapsed / total).clamp(0, 1)).round
        @output.print("\r  #{green("█" * filled)}#{dim("░" * (BAR - filled))}  #{text}\e[K")
      elsif elapsed - @said_at >= SECONDS_BETWEEN_PLAIN_LINES
        @said_at = elapsed
        say("  #{text}")
      end
    end

    def end_progress(text)
      @output.print("\r\e[K") if @interactive
      say("  #{text}")
    end

    def self.number(value)
      value.to_s.gsub(/(\d)(?=(\d{3})+\z)/, '\1,')
    end

    private
      def paint(code, text)
        @coloured ? "\e[#{code}m#{text}\e[0m" : text
      end
  end
end
