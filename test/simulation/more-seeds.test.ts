import { seedsOf, survives } from './survives.testkit.ts';

// Seeds that were asked for run in simulation.test.ts; one stays here, because a file without a test is an error.
survives(seedsOf(process.env['BROKERLAB_SEEDS'] === undefined ? '101-200' : '101'));
