/** The feature levels that a node of this build supports; brokers and controllers register and advertise the same. */
export { supportedFeatures } from '../metadata/index.ts';
