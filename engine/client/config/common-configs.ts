/**
 * The configs that producer, consumer and admin client of Kafka 4.3 have in common: names, types, defaults and checks
 * (`CommonClientConfigs`, `SslConfigs`, `SaslConfigs`), and what is derived from several of them. Those of TLS and SASL
 * are known and checked, but these clients speak PLAINTEXT alone.
 */
import { type ConfigKeys, configException, type ConfigValues, invalidConfig } from './config-def.ts';
import {
  boolean,
  className,
  double,
  int,
  list,
  long,
  oneOf,
  oneOfAnyCase,
  password,
  range,
  short,
  string,
} from './config-types.ts';

export const commonConfigs: ConfigKeys = {
  'client.dns.lookup': string('use_all_dns_ips', oneOf('use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only')),
  'client.id': string(''),
  'config.providers': list([]),
  'metadata.max.age.ms': long(300_000, range(0)),
  'metadata.recovery.rebootstrap.trigger.ms': long(300_000, range(0)),
  'metadata.recovery.strategy': string('rebootstrap', oneOfAnyCase('REBOOTSTRAP', 'NONE')),
  'metric.reporters': list(['org.apache.kafka.common.metrics.JmxReporter']),
  'metrics.num.samples': int(2, range(1)),
  'metrics.recording.level': string('INFO', oneOf('INFO', 'DEBUG', 'TRACE')),
  'metrics.sample.window.ms': long(30_000, range(0)),
  'reconnect.backoff.max.ms': long(1000, range(0)),
  'reconnect.backoff.ms': long(50, range(0)),
  'request.timeout.ms': int(30_000, range(0)),
  'retry.backoff.max.ms': long(1000, range(0)),
  'retry.backoff.ms': long(100, range(0)),
  'sasl.client.callback.handler.class': className(null),
  'sasl.jaas.config': password(),
  'sasl.kerberos.kinit.cmd': string('/usr/bin/kinit'),
  'sasl.kerberos.min.time.before.relogin': long(60_000),
  'sasl.kerberos.service.name': string(null),
  'sasl.kerberos.ticket.renew.jitter': double(0.05),
  'sasl.kerberos.ticket.renew.window.factor': double(0.8),
  'sasl.login.callback.handler.class': className(null),
  'sasl.login.class': className(null),
  'sasl.login.connect.timeout.ms': int(null),
  'sasl.login.read.timeout.ms': int(null),
  'sasl.login.refresh.buffer.seconds': short(300, range(0, 3600)),
  'sasl.login.refresh.min.period.seconds': short(60, range(0, 900)),
  'sasl.login.refresh.window.factor': double(0.8, range(0.5, 1)),
  'sasl.login.refresh.window.jitter': double(0.05, range(0, 0.25)),
  'sasl.login.retry.backoff.max.ms': long(10_000),
  'sasl.login.retry.backoff.ms': long(100),
  'sasl.mechanism': string('GSSAPI'),
  'sasl.oauthbearer.assertion.algorithm': string('RS256', oneOfAnyCase('ES256', 'RS256')),
  'sasl.oauthbearer.assertion.claim.aud': string(null),
  'sasl.oauthbearer.assertion.claim.exp.seconds': int(300, range(0, 86_400)),
  'sasl.oauthbearer.assertion.claim.iss': string(null),
  'sasl.oauthbearer.assertion.claim.jti.include': boolean(false),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': int(60, range(0, 3600)),
  'sasl.oauthbearer.assertion.claim.sub': string(null),
  'sasl.oauthbearer.assertion.file': string(null),
  'sasl.oauthbearer.assertion.private.key.file': string(null),
  'sasl.oauthbearer.assertion.private.key.passphrase': password(),
  'sasl.oauthbearer.assertion.template.file': string(null),
  'sasl.oauthbearer.client.credentials.client.id': string(null),
  'sasl.oauthbearer.client.credentials.client.secret': password(),
  'sasl.oauthbearer.clock.skew.seconds': int(30),
  'sasl.oauthbearer.expected.audience': list([]),
  'sasl.oauthbearer.expected.issuer': string(null),
  'sasl.oauthbearer.header.urlencode': boolean(false),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long(3_600_000),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long(10_000),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long(100),
  'sasl.oauthbearer.jwks.endpoint.url': string(null),
  'sasl.oauthbearer.jwt.retriever.class': className('org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever'),
  'sasl.oauthbearer.jwt.validator.class': className('org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator'),
  'sasl.oauthbearer.scope.claim.name': string('scope'),
  'sasl.oauthbearer.scope': string(null),
  'sasl.oauthbearer.sub.claim.name': string('sub'),
  'sasl.oauthbearer.token.endpoint.url': string(null),
  'security.protocol': string('PLAINTEXT', oneOfAnyCase('SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT')),
  'security.providers': string(null),
  'send.buffer.bytes': int(131_072, range(-1)),
  'socket.connection.setup.timeout.max.ms': long(30_000),
  'socket.connection.setup.timeout.ms': long(10_000),
  'ssl.cipher.suites': list([]),
  'ssl.enabled.protocols': list(['TLSv1.2', 'TLSv1.3']),
  'ssl.endpoint.identification.algorithm': string('https'),
  'ssl.engine.factory.class': className(null),
  'ssl.key.password': password(),
  'ssl.keymanager.algorithm': string('SunX509'),
  'ssl.keystore.certificate.chain': password(),
  'ssl.keystore.key': password(),
  'ssl.keystore.location': string(null),
  'ssl.keystore.password': password(),
  'ssl.keystore.type': string('JKS'),
  'ssl.protocol': string('TLSv1.3'),
  'ssl.provider': string(null),
  'ssl.secure.random.implementation': string(null),
  'ssl.trustmanager.algorithm': string('PKIX'),
  'ssl.truststore.certificates': password(),
  'ssl.truststore.location': string(null),
  'ssl.truststore.password': password(),
  'ssl.truststore.type': string('JKS'),
};

/** What the values become together, and what Kafka's clients log about it. Throws a ConfigException. */
export function refineCommonConfigs(values: ConfigValues): { values: ConfigValues; warnings: string[] } {
  const warnings: string[] = [];
  const protocol = values.string('security.protocol');
  if (protocol.toUpperCase().startsWith('SASL') && values.string('sasl.mechanism') === '') {
    const why =
      'When the security.protocol configuration enables SASL, mechanism must be non-null and non-empty string.';
    throw invalidConfig('sasl.mechanism', null, why);
  }
  if (protocol.toUpperCase() !== 'PLAINTEXT') {
    throw configException(
      `Invalid value ${protocol} for configuration security.protocol: This client speaks PLAINTEXT only`,
    );
  }
  const retryMs = values.number('retry.backoff.ms');
  const retryMaxMs = values.number('retry.backoff.max.ms');
  if (retryMs > retryMaxMs) {
    warnings.push(
      `Configuration 'retry.backoff.ms' with value '${retryMs}' is greater than configuration 'retry.backoff.max.ms' ` +
        `with value '${retryMaxMs}'. A static backoff with value '${retryMaxMs}' will be applied.`,
    );
  }
  const { given } = values;
  if (given.has('reconnect.backoff.ms') && !given.has('reconnect.backoff.max.ms')) {
    warnings.push(
      'Disabling exponential reconnect backoff because reconnect.backoff.ms is set, but reconnect.backoff.max.ms is not.',
    );
    return { values: values.with({ 'reconnect.backoff.max.ms': values.number('reconnect.backoff.ms') }), warnings };
  }
  return { values, warnings };
}

/** The warning about names that nobody knows; null when there are none. */
export function unknownConfigsWarning(unknown: readonly string[]): string | null {
  if (unknown.length === 0) return null;
  return `These configurations '[${unknown.join(', ')}]' were supplied but are not used yet.`;
}
