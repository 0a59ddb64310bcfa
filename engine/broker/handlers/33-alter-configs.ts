/**
 * AlterConfigs (33), versions 0-2, for old clients: replaces all dynamic configs of each resource. Changes of brokers are
 * checked here, the rest is passed on to the active controller.
 */
import type { Handler } from '../../net/index.ts';
import { alterConfigsApi, ErrorCode, errorMessage } from '../../protocol/index.ts';
import { alteredElsewhere, repeatedResources, resourceProblem, type AlterConfigsDeps } from '../config-changes.ts';
import { forwardOr } from '../forwarding.ts';

export function alterConfigsHandler(deps: AlterConfigsDeps): Handler<typeof alterConfigsApi> {
  return {
    api: alterConfigsApi,
    async handle(request, context) {
      const repeated = repeatedResources(request.resources);
      return alteredElsewhere(
        request.resources,
        (resource) =>
          resourceProblem(
            deps,
            resource,
            repeated,
            resource.configs.map((config) => ({ ...config, operation: 'replace' as const })),
          ),
        (resources) =>
          forwardOr(alterConfigsApi, deps.forwarding, { ...request, resources }, context, (failed, code) => ({
            responses: failed.resources.map(({ resourceType, resourceName }) => ({
              resourceType,
              resourceName,
              errorCode: code,
              errorMessage: code === ErrorCode.NONE ? null : errorMessage(code),
            })),
          })),
      );
    },
  };
}
