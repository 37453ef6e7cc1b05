/** Which of `shards` follows a partition of the flow table: any other way to deal them out gives the same records. */
export const shardOf = (partition: number, shards: number): number => partition % shards
