# Renders the templates of a BOSH job as BOSH does (bosh-template's EvaluationContext): ERB with `p`, `if_p` and `spec`, the
# properties that the job's spec names, and its defaults.
#
#     ruby render.rb JOB_DIRECTORY PROPERTIES.json DESTINATION
require 'erb'
require 'fileutils'
require 'json'
require 'ostruct'
require 'yaml'

# What `if_p` gives: `.else` and `.else_if_p` run if nothing before has.
class Otherwise
  def initialize(context, done)
    @context = context
    @done = done
  end

  def else
    yield unless @done
  end

  def else_if_p(*names, &block)
    @done ? self : @context.if_p(*names, &block)
  end
end

class Context
  attr_reader :spec

  def initialize(declared, given, spec)
    @declared = declared
    @given = given
    @spec = spec
  end

  def p(names, *default)
    names = [names].flatten
    values = names.map { |name| find(name) }.compact
    return values.first unless values.empty?
    return default.first unless default.empty?

    raise "Can't find property '#{names.join("', or '")}'"
  end

  def if_p(*names)
    values = names.map { |name| find(name) }
    return Otherwise.new(self, false) if values.any?(&:nil?)

    yield(*values)
    Otherwise.new(self, true)
  end

  def binding_of_template
    binding
  end

  private

  def find(name)
    raise "the spec does not declare '#{name}'" unless @declared.key?(name)

    value = name.split('.').reduce(@given) { |part, key| part.is_a?(Hash) ? part[key] : nil }
    value.nil? ? @declared[name]['default'] : value
  end
end

job, properties, destination = ARGV
declared = YAML.safe_load(File.read("#{job}/spec"))
given = JSON.parse(File.read(properties))
spec = OpenStruct.new(name: declared['name'], id: 'an-id', index: 0, ip: '10.0.0.6', deployment: 'bosh')
templates = declared['templates'].to_h { |from, to| ["templates/#{from}", to] }
templates['monit'] = 'monit'
templates.each do |from, to|
  context = Context.new(declared['properties'], given, spec)
  erb = ERB.new(File.read("#{job}/#{from}"), trim_mode: '-')
  erb.filename = from
  FileUtils.mkdir_p(File.dirname("#{destination}/#{to}"))
  File.write("#{destination}/#{to}", erb.result(context.binding_of_template))
  # As the agent does.
  File.chmod(to.start_with?('bin/') ? 0o755 : 0o640, "#{destination}/#{to}")
end
