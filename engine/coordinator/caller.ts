/** Who sent a group request, as far as a coordinator cares. */
export interface Caller {
  /** From the request header; '' when it was null. */
  readonly clientId: string;
  /** As Java prints an address: `/127.0.0.1`. */
  readonly clientHost: string;
  readonly apiVersion: number;
}
