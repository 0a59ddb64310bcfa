/** The thread of one lab client: builds the real world (`env/node`), runs the producer or consumer in it, posts its telemetry. */
export {};
