// Starts GraphiQL under the bar, and lets the bar's forms say who is asking.
import { examples } from './examples.js';
import { ask, forget, keep, signIn, signOut, token, whoAmI } from './session.js';

const element = (id) => document.getElementById(id);
const forms = [element('password'), element('key')];

function show(text, wrong = false) {
  element('status').textContent = text;
  element('status').classList.toggle('wrong', wrong);
  for (const form of forms) form.hidden = token() !== null;
  element('leave').hidden = token() === null;
}

// enter takes a credential and says whose it is; one that is not accepted is not kept.
async function enter(take) {
  show('One moment…');
  try {
    await take();
    show(`Signed in as ${await whoAmI()}`);
  } catch (error) {
    forget();
    show(error.message, true);
  }
}

function onSubmit(form, take) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    form.reset();
    enter(() => take(given));
  });
}

onSubmit(element('password'), ({ email, password, merchant, code }) => signIn(email, password, merchant, code.trim()));
onSubmit(element('key'), ({ key }) => keep(key.trim()));
element('leave').addEventListener('click', () => {
  signOut().catch(() => {}); // the tokens are forgotten whatever comes of it
  show('Signed out');
  forms[0].elements.email.focus();
});
if (token()) enter(() => {});

// GraphiQL asks for this name when it writes a style element.
window.__webpack_nonce__ = document.querySelector('meta[name=style-nonce]').nonce;
const script = document.createElement('script');
script.src = '/explore/graphiql.min.js';
script.addEventListener('load', () => {
  const { React, ReactDOM, GraphiQL } = window;
  ReactDOM.createRoot(element('graphiql')).render(React.createElement(GraphiQL, {
    fetcher: (request) => ask(request),
    defaultTabs: examples,
    defaultEditorToolsVisibility: 'variables',
    forcedTheme: 'light',
    storage: sessionStorage,
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: false,
  }));
});
document.head.append(script);
