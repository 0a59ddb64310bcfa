/**
 * Broker configs of Kafka 4.3.1: TLS, SASL, tokens and authorization: known by name, so that an existing properties file is accepted, and without effect, since listeners are plaintext on loopback.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const securityConfigs = parseDefinitions(`
authorizer.class.name | string | | low | | not null | Java class that authorizes requests. No effect here.
connection.failed.authentication.delay.ms | int | 100 | low | | >= 0 | Delay of the close after a failed authentication. No effect here.
connections.max.reauth.ms | long | 0 | medium | | | Longest life of an authenticated session. No effect here.
delegation.token.expiry.check.interval.ms | long | 3600000 | low | | >= 1 | Part of delegation tokens. No effect here.
delegation.token.expiry.time.ms | long | 86400000 | medium | | >= 1 | Part of delegation tokens. No effect here.
delegation.token.max.lifetime.ms | long | 604800000 | medium | | >= 1 | Part of delegation tokens. No effect here.
delegation.token.secret.key | password | null | medium | | | Part of delegation tokens. No effect here.
principal.builder.class | class | org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder | medium | per-broker | | Java class that names the principal of a connection. No effect here.
sasl.client.callback.handler.class | class | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.enabled.mechanisms | list | GSSAPI | medium | per-broker | list | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.jaas.config | password | null | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.kinit.cmd | string | /usr/bin/kinit | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.min.time.before.relogin | long | 60000 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.principal.to.local.rules | list | DEFAULT | medium | per-broker | list | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.service.name | string | null | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.ticket.renew.jitter | double | 0.05 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.kerberos.ticket.renew.window.factor | double | 0.8 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.callback.handler.class | class | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.class | class | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.connect.timeout.ms | int | null | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.read.timeout.ms | int | null | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.refresh.buffer.seconds | short | 300 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.refresh.min.period.seconds | short | 60 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.refresh.window.factor | double | 0.8 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.refresh.window.jitter | double | 0.05 | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.retry.backoff.max.ms | long | 10000 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.login.retry.backoff.ms | long | 100 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.mechanism.controller.protocol | string | GSSAPI | high | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.mechanism.inter.broker.protocol | string | GSSAPI | medium | per-broker | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.algorithm | string | RS256 | medium | | any case of ES256, RS256 | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.aud | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.exp.seconds | int | 300 | low | | 0..86400 | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.iss | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.jti.include | boolean | false | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.nbf.seconds | int | 60 | low | | 0..3600 | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.claim.sub | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.file | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.private.key.file | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.private.key.passphrase | password | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.assertion.template.file | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.client.credentials.client.id | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.client.credentials.client.secret | password | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.clock.skew.seconds | int | 30 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.expected.audience | list | | high | | list | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.expected.issuer | string | null | high | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwks.endpoint.refresh.ms | long | 3600000 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms | long | 10000 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwks.endpoint.retry.backoff.ms | long | 100 | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwks.endpoint.url | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwt.retriever.class | class | org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.jwt.validator.class | class | org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.scope | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.scope.claim.name | string | scope | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.sub.claim.name | string | sub | low | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.oauthbearer.token.endpoint.url | string | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.server.callback.handler.class | class | null | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
sasl.server.max.receive.size | int | 524288 | medium | | | Part of SASL. No effect here: listeners are plaintext on loopback.
security.inter.broker.protocol | string | PLAINTEXT | medium | | one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL | Security protocol between brokers. Here only PLAINTEXT.
security.providers | string | null | low | | | Java security providers. No effect here.
ssl.allow.dn.changes | boolean | false | low | | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.allow.san.changes | boolean | false | low | | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.cipher.suites | list | | medium | per-broker | list | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.client.auth | string | none | medium | per-broker | one of required, requested, none | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.enabled.protocols | list | TLSv1.2,TLSv1.3 | medium | per-broker | list | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.endpoint.identification.algorithm | string | https | low | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.engine.factory.class | class | null | low | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.key.password | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keymanager.algorithm | string | SunX509 | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keystore.certificate.chain | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keystore.key | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keystore.location | string | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keystore.password | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.keystore.type | string | JKS | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.principal.mapping.rules | string | DEFAULT | low | | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.protocol | string | TLSv1.3 | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.provider | string | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.secure.random.implementation | string | null | low | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.trustmanager.algorithm | string | PKIX | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.truststore.certificates | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.truststore.location | string | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.truststore.password | password | null | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
ssl.truststore.type | string | JKS | medium | per-broker | | Part of TLS. No effect here: listeners are plaintext on loopback.
`);
