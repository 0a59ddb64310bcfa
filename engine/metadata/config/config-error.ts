/** A config that cannot be: the message is what Kafka's `ConfigException` says. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_CONFIG';
  readonly config: string;

  /** With a null `value`, `message` stands alone. */
  constructor(config: string, value: string | null, message: string) {
    super(value === null ? message : `Invalid value ${value} for configuration ${config}: ${message}`);
    this.config = config;
  }
}
