/** Where a window can be. Home is in the first bundle; other views come when somebody goes there. */
import type { RouteRecordRaw } from 'vue-router';
import ClusterView from './features/cluster/ClusterView.vue';

export const routes: readonly RouteRecordRaw[] = [
  { path: '/cluster', name: 'cluster', component: ClusterView },
  { path: '/topics', name: 'topics', component: () => import('./features/topics/TopicsView.vue') },
  {
    path: '/topics/:topic',
    name: 'topic',
    props: true,
    component: () => import('./features/topics/TopicView.vue'),
  },
  { path: '/groups', name: 'groups', component: () => import('./features/groups/GroupsView.vue') },
  {
    path: '/groups/:group',
    name: 'group',
    props: true,
    component: () => import('./features/groups/GroupView.vue'),
  },
  { path: '/clients', name: 'clients', component: () => import('./features/clients/ClientsView.vue') },
  { path: '/compare', name: 'compare', component: () => import('./features/compare/CompareView.vue') },
  {
    path: '/records/:topic?',
    name: 'records',
    props: true,
    component: () => import('./features/records/RecordsView.vue'),
  },
  {
    path: '/segments/:topic?/:partition?',
    name: 'segments',
    props: true,
    component: () => import('./features/segments/SegmentsView.vue'),
  },
  { path: '/quorum', name: 'quorum', component: () => import('./features/quorum/QuorumView.vue') },
  { path: '/configs', name: 'configs', component: () => import('./features/configs/ConfigsView.vue') },
  { path: '/ledger', name: 'ledger', component: () => import('./features/ledger/LedgerView.vue') },
  {
    path: '/faults/:losesPower?',
    name: 'faults',
    props: true,
    component: () => import('./features/faults/FaultsView.vue'),
  },
  {
    path: '/spacetime',
    name: 'spacetime',
    // Its steps stand where the inspector would.
    meta: { ownSide: true },
    component: () => import('./features/spacetime/SpaceTimeView.vue'),
  },
  { path: '/runs', name: 'runs', component: () => import('./features/runs/RunsView.vue') },
  { path: '/settings', name: 'settings', component: () => import('./features/settings/SettingsView.vue') },
  {
    path: '/scenarios',
    name: 'scenarios',
    // Steps and expectations stand side by side.
    meta: { ownSide: true },
    component: () => import('./features/scenarios/ScenariosView.vue'),
  },
  { path: '/:anything(.*)*', redirect: '/cluster' },
];
