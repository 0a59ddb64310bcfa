/** Sums since the start, read by whoever samples. */
export class ReplicaTraffic {
  #appends = 0;
  #bytesIn = 0;
  #recordsIn = 0;
  #bytesOutToConsumers = 0;
  #bytesOutToFollowers = 0;

  appended(bytes: number, records: number): void {
    this.#appends++;
    this.#bytesIn += bytes;
    this.#recordsIn += records;
  }

  fetched(bytes: number, byFollower: boolean): void {
    if (byFollower) this.#bytesOutToFollowers += bytes;
    else this.#bytesOutToConsumers += bytes;
  }

  /** Batches appended as leader. */
  get appends(): number {
    return this.#appends;
  }

  /** Record bytes appended as leader. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  get recordsIn(): number {
    return this.#recordsIn;
  }

  get bytesOutToConsumers(): number {
    return this.#bytesOutToConsumers;
  }

  get bytesOutToFollowers(): number {
    return this.#bytesOutToFollowers;
  }
}
