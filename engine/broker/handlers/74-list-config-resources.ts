/**
 * ListConfigResources (74), versions 0-1: names of everything that has configs.
 *
 * v0 knows client metrics only (it was ListClientMetricsResources); v1: any of the types asked for, all when none is.
 */
import { brokerAddresses } from '../cluster-view.ts';
import { configResourceType, type MetadataImage } from '../../metadata/image.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, listConfigResourcesApi } from '../../protocol/index.ts';

export interface ListConfigResourcesDeps {
  readonly image: () => MetadataImage;
  readonly listener: string;
}

const { topic, broker, brokerLogger, clientMetrics, group } = configResourceType;
const allTypes: readonly number[] = [group, clientMetrics, brokerLogger, broker, topic];
const typesSince = 1;

export function listConfigResourcesHandler(deps: ListConfigResourcesDeps): Handler<typeof listConfigResourcesApi> {
  return {
    api: listConfigResourcesApi,
    handle({ resourceTypes }, context) {
      const wanted = context.header.apiVersion < typesSince ? [clientMetrics] : resourceTypes;
      if (wanted.some((type) => !allTypes.includes(type))) {
        return { errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] };
      }
      const image = deps.image();
      const types = allTypes.filter((type) => wanted.length === 0 || wanted.includes(type));
      const configResources = types.flatMap((resourceType) =>
        names(image, deps.listener, resourceType).map((resourceName) => ({ resourceName, resourceType })),
      );
      return { errorCode: ErrorCode.NONE, configResources };
    },
  };
}

function names(image: MetadataImage, listener: string, type: number): string[] {
  if (type === topic) return [...image.topics.byName.keys()];
  if (type === broker || type === brokerLogger) return brokerAddresses(image, listener).map(({ id }) => String(id));
  return [...image.configs.values()].filter((resource) => resource.type === type).map(({ name }) => name);
}
