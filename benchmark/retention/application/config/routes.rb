# frozen_string_literal: true

Rails.application.routes.draw do
  scope("pages", controller: "pages") { %w[ home search article feed ].each { |action| get "#{action}(/:id)", action: action } }
  scope("leaks", controller: "leaks") { Leaks::KINDS.each { |kind| get "#{kind}/:size", action: kind } }
  scope("caches", controller: "caches") { %w[ lru memo ].each { |action| get "#{action}/:size/:key", action: action } }
  scope("stays", controller: "stays") { %w[ visit batch pool bloat ].each { |action| get "#{action}/:size", action: action } }
end
