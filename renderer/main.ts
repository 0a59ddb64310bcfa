/** The window starts: look before paint, one line to the lab, one router, one app. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';
import App from './app/App.vue';
import { applyPreferredLook } from './app/use-look.ts';
import { openBridge } from './bridge/lab-bridge.ts';
import { takeTokenFromAddress } from './bridge/transport.ts';
import './design/fonts.ts';
import './design/tokens.css';
import './design/base.css';
import ClusterView from './features/cluster/ClusterView.vue';
import { i18n, preferredLanguage, setLanguage } from './messages/index.ts';
import { useCommands } from './stores/commands.ts';
import { useLab } from './stores/lab.ts';

// Before the router reads the address: the token stands where a route would.
takeTokenFromAddress();
applyPreferredLook();

const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/cluster', name: 'cluster', component: ClusterView },
    { path: '/:anything(.*)*', redirect: '/cluster' },
  ],
});

const app = createApp(App);
app.use(createPinia()).use(router).use(i18n);

const lab = useLab();
useCommands().attach(openBridge({ onLine: lab.applyLine, onUpdate: lab.applyUpdate }));

const language = preferredLanguage();
if (language === 'ko') await setLanguage('ko');
app.mount('#app');
