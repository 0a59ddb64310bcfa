/** What both sides of the WebSocket agree on. A page can set one header only, so the token travels as a subprotocol. */

/** Path of the contract on the browser host. */
export const contractPath = '/contract';
/** Its number grows when a window and a host of different versions must not talk. */
export const contractProtocol = 'brokerlab.contract.1';
/** A second subprotocol: this and the token of the host's start. */
export const tokenProtocolPrefix = 'brokerlab.token.';
