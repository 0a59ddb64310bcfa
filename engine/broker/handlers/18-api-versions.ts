/**
 * ApiVersions (18), versions 0-4.
 *
 * The APIs of this listener with their versions, derived from what is registered, and the cluster's features. A version
 * that is not spoken never reaches this handler: the connection answers it in version 0.
 *
 * v3: the client's software name and version, checked; features. v4: also features that are supported from level 0 on,
 * which older clients cannot read (KIP-584, KIP-1022).
 */
import type { MetadataImage, SupportedFeature } from '../../metadata/index.ts';
import type { ApiRange, Handler } from '../../net/index.ts';
import { apiVersionsApi, ErrorCode, type ApiVersionsRequest } from '../../protocol/index.ts';

export interface ApiVersionsDeps {
  /** `ApiRegistry.ranges` of this listener. */
  readonly ranges: () => readonly ApiRange[];
  readonly image: () => MetadataImage;
  readonly supportedFeatures: readonly SupportedFeature[];
}

const softwareSince = 3;
const levelZeroSince = 4;
const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export function apiVersionsHandler(deps: ApiVersionsDeps): Handler<typeof apiVersionsApi> {
  return {
    api: apiVersionsApi,
    handle(request, context) {
      const version = context.header.apiVersion;
      if (version >= softwareSince && !hasValidSoftware(request)) {
        return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] };
      }
      const { features, provenance } = deps.image();
      return {
        errorCode: ErrorCode.NONE,
        apiKeys: deps.ranges(),
        supportedFeatures: deps.supportedFeatures
          .filter(({ minSupportedVersion }) => version >= levelZeroSince || minSupportedVersion > 0)
          .map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
            name,
            minVersion: minSupportedVersion,
            maxVersion: maxSupportedVersion,
          })),
        finalizedFeaturesEpoch: provenance.lastContainedOffset,
        finalizedFeatures: [...features].map(([name, level]) => ({
          name,
          maxVersionLevel: level,
          minVersionLevel: level,
        })),
      };
    },
  };
}

function hasValidSoftware(request: ApiVersionsRequest): boolean {
  return softwarePattern.test(request.clientSoftwareName) && softwarePattern.test(request.clientSoftwareVersion);
}
