/** A request's sender as the group coordinator knows it. */
import type { Caller } from '../../coordinator/index.ts';
import type { RequestContext } from '../../net/index.ts';

export function callerOf(context: RequestContext): Caller {
  const { header, remoteHost } = context;
  return { clientId: header.clientId ?? '', clientHost: `/${remoteHost}`, apiVersion: header.apiVersion };
}
