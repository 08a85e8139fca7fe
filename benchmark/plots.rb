# frozen_string_literal: true

require "SVG/Graph/BarHorizontal"
require "SVG/Graph/Plot"
require_relative "result_file"

module Bench
  # The plots of the READMEs, drawn from the kept results: benchmark/results/*.svg.
  module Plots
    SIZE = { width: 760, height: 420 }.freeze
    # Beyond it there is nothing to see of the others.
    LONGEST_BAR_US = 110

    # Both axes by powers of ten.
    class Logarithmic < SVG::Graph::Plot
      def get_x_labels = get_x_values.map { |power| label(power) }
      def get_y_labels = get_y_values.map { |power| label(power) }

      private
        NAMES = { 4 => "10,000", 5 => "100,000", 6 => "1 million", 7 => "10 million", 8 => "100 million" }.freeze

        def label(power) = NAMES.fetch(power.round) { (10**power.round).to_s }
    end

    module_function

    def draw
      { "cost_growth" => :heap, "request_path" => :peers }.filter_map do |part, plot|
        results = ResultFile.read(part)&.fetch("results")
        next unless results

        path = File.join(ResultFile.folder, "#{part}.svg")
        File.write(path, send(plot, results))
        path
      end
    end

    def heap(results)
      steps = results.fetch("heap")
      graph = Logarithmic.new(**SIZE, **AXES, graph_title: "What a request costs, by the size of the heap",
        x_title: "live objects", y_title: "microseconds added", scale_x_divisions: 1, scale_y_divisions: 1,
        min_x_value: 4, max_x_value: 7.2, min_y_value: 0, show_data_values: false, key_position: :bottom)
      { "memory_tracker" => "memory_tracker", "plain_ruby" => "a plain Ruby tracker",
        "plain_ruby_counting" => "a plain Ruby tracker that counts objects" }.each do |key, title|
        graph.add_data(title: title, data: steps.map { |step| [ Math.log10(step["size"]), Math.log10(step["us"][key]) ] })
      end
      graph.burn
    end

    def peers(results)
      variants = results.fetch("variants").select { |variant| variant["first_decile"] < LONGEST_BAR_US && variant["key"] != "body_wrapper" }
        .sort_by { |variant| -variant["first_decile"] }
      graph = SVG::Graph::BarHorizontal.new(**SIZE, **AXES, graph_title: "What a request costs, beside others",
        fields: variants.map { |variant| variant["name"].delete("`") }, x_title: "microseconds added", show_y_title: false, key: false,
        rotate_y_labels: false, number_format: "%.1f")
      graph.add_data(title: "µs", data: variants.map { |variant| [ variant["first_decile"].round(1), 0 ].max })
      graph.burn
    end

    AXES = { show_graph_title: true, show_x_title: true, show_y_title: true, show_x_guidelines: true }.freeze
    private_constant :AXES
  end
end
