/** Whether the window is in projector mode: an attribute of the page, which layout and folding follow. */
import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue';

const isOn = (): boolean => document.documentElement.dataset['mode'] === 'projector';

export function useProjector(): Readonly<Ref<boolean>> {
  const on = shallowRef(isOn());
  const observer = new MutationObserver(() => (on.value = isOn()));
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-mode'] });
  onScopeDispose(() => observer.disconnect());
  return readonly(on);
}
