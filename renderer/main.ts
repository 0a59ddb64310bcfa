/** The window starts: look before paint, one line to the lab, one router, one app. */
import { createPinia } from 'pinia';
import * as v from 'valibot';
import { createApp } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';
import App from './app/App.vue';
import { applyPreferredLook } from './design/use-look.ts';
import { openBridge } from './bridge/lab-bridge.ts';
import { takeTokenFromAddress } from './bridge/transport.ts';
import './design/fonts.ts';
import './design/tokens.css';
import './design/base.css';
import { i18n, preferredLanguage, setLanguage } from './messages/index.ts';
import { routes } from './routes.ts';
import { useCommands } from './stores/commands.ts';
import { useLab } from './stores/lab.ts';
import { useQueries } from './stores/queries.ts';
import { readKept, writeKept } from './stores/session.ts';

// Before the router reads the address: the token stands where a route would.
takeTokenFromAddress();
applyPreferredLook();

// A fresh address (the one that the lab printed) goes on where the last window was left; one with a route is meant.
const keptRoute = readKept('route', v.pipe(v.string(), v.startsWith('/'), v.maxLength(2000)));
if (['', '#', '#/'].includes(window.location.hash) && keptRoute !== null) {
  window.history.replaceState(null, '', `#${keptRoute}`);
}

const router = createRouter({
  history: createWebHashHistory(),
  routes,
});

router.afterEach((to) => writeKept('route', to.fullPath));

const app = createApp(App);
app.use(createPinia()).use(router).use(i18n);

const lab = useLab();
const bridge = openBridge({ onLine: lab.applyLine, onUpdate: lab.applyUpdate });
useCommands().attach(bridge);
useQueries().attach(bridge);

const language = preferredLanguage();
if (language === 'ko') await setLanguage('ko');
app.mount('#app');
