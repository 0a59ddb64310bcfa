/**
 * IncrementalAlterConfigs (44), versions 0-1: sets, deletes, appends to and subtracts from single configs. Changes of
 * brokers are checked here, the rest is passed on to the active controller (`ConfigAdminManager`).
 */
import type { Handler } from '../../net/index.ts';
import { ErrorCode, errorMessage, incrementalAlterConfigsApi } from '../../protocol/index.ts';
import {
  alteredElsewhere,
  configOperation,
  repeatedResources,
  resourceProblem,
  type AlterConfigsDeps,
} from '../config-changes.ts';
import { forwardOr } from '../forwarding.ts';

export function incrementalAlterConfigsHandler(deps: AlterConfigsDeps): Handler<typeof incrementalAlterConfigsApi> {
  return {
    api: incrementalAlterConfigsApi,
    async handle(request, context) {
      const repeated = repeatedResources(request.resources);
      return alteredElsewhere(
        request.resources,
        (resource) =>
          resourceProblem(
            deps,
            resource,
            repeated,
            resource.configs.map(({ name, value, configOperation: id }) => ({
              name,
              value,
              operation: configOperation(id),
              operationId: id,
            })),
          ),
        (resources) =>
          forwardOr(
            incrementalAlterConfigsApi,
            deps.forwarding,
            { ...request, resources },
            context,
            (failed, code) => ({
              responses: failed.resources.map(({ resourceType, resourceName }) => ({
                resourceType,
                resourceName,
                errorCode: code,
                errorMessage: code === ErrorCode.NONE ? null : errorMessage(code),
              })),
            }),
          ),
      );
    },
  };
}
