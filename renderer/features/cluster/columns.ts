/**
 * Columns of the grid by number: the producers' is left of the partitions', which is 0; then the brokers from 1 on, and the
 * groups' after the last broker. So a broker's column is its position whether the producers are in sight or not.
 */
export const producerColumn = -1;
export const headColumn = 0;

export function columnsOf(brokers: number, producers: boolean): readonly number[] {
  const all = Array.from({ length: brokers + 2 }, (_, column) => column);
  return producers ? [producerColumn, ...all] : all;
}

/** A topic's band reaches over all brokers. */
export function bandColumnsOf(brokers: number, producers: boolean): readonly number[] {
  return producers ? [producerColumn, headColumn, brokers + 1] : [headColumn, brokers + 1];
}
