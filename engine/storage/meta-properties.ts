/**
 * `meta.properties` of a log directory, version 1: Java properties `version`, `cluster.id`, `node.id`, `directory.id`.
 * Written once, when the directory is formatted; a node refuses a directory of another cluster or node.
 */
import type { NodeId, Uuid } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { isUuid } from '../base/uuid.ts';

export const metaPropertiesFile = 'meta.properties';

export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly directoryId: Uuid;
}

export function formatMetaProperties({ clusterId, nodeId, directoryId }: MetaProperties): Uint8Array {
  return utf8(`#\nnode.id=${nodeId}\ndirectory.id=${directoryId}\nversion=1\ncluster.id=${clusterId}\n`);
}

/** The properties, or what is wrong with them. */
export function parseMetaProperties(content: Uint8Array): MetaProperties | string {
  const properties = new Map<string, string>();
  for (const line of fromUtf8(content).split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) properties.set(match[1], match[2]);
  }
  const version = properties.get('version');
  if (version !== '1') return `version is ${version ?? 'missing'}, 1 would be right`;
  const clusterId = properties.get('cluster.id');
  if (clusterId === undefined || clusterId === '') return 'cluster.id is missing';
  const nodeId = properties.get('node.id');
  if (nodeId === undefined || !/^\d{1,9}$/.test(nodeId))
    return `node.id is ${nodeId ?? 'missing'}, a whole number would be right`;
  const directoryId = properties.get('directory.id');
  if (directoryId === undefined || !isUuid(directoryId))
    return `directory.id is ${directoryId ?? 'missing'}, a uuid would be right`;
  return { clusterId, nodeId: Number(nodeId), directoryId };
}
