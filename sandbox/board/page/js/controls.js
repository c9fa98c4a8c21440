/** The switches at the top: play a day, and what goes wrong. */

import { byId } from './dom.js';
import { act } from './server.js';
import { all, onChange, value } from './store.js';
import { toast } from './toast.js';

/** Make the switches work and keep them up to date. */
export function showControls() {
  for (const button of buttons('play')) {
    button.addEventListener('click', () => act('/controls/play', { speed: Number(button.dataset.speed) }));
  }
  for (const button of buttons('hooks')) {
    button.addEventListener('click', () => act('/controls/hooks', { hooks: button.dataset.hooks }));
  }
  byId('stop-kommo').addEventListener('click', () => {
    act('/controls/kommo', { stopped: !value('controls', 'kommoStopped') });
  });
  byId('kill-mover').addEventListener('click', async () => {
    const answer = await act('/controls/kill-mover');
    if (answer) {
      toast(answer.killed ? 'The mover was killed in the middle of its work' : 'The mover was not running');
    }
  });
  onChange(['controls'], draw);
  onChange(['connection', 'health'], drawHealth);
}

/** @param {string} group */
function buttons(group) {
  return /** @type {NodeListOf<HTMLButtonElement>} */ (byId(group).querySelectorAll('button'));
}

function draw() {
  const play = value('controls', 'play');
  if (play) {
    for (const button of buttons('play')) {
      const speed = Number(button.dataset.speed);
      button.setAttribute('aria-pressed', String(play.playing && speed === play.speed));
      button.disabled = speed === 0 && !play.playing;
    }
    const progress = /** @type {HTMLProgressElement} */ (byId('play').querySelector('progress'));
    progress.max = play.total || 1;
    progress.value = play.done;
    progress.title = play.total ? `${play.done} of ${play.total}` : '';
  }
  for (const button of buttons('hooks')) {
    button.setAttribute('aria-pressed', String(button.dataset.hooks === value('controls', 'hooks')));
  }
  byId('stop-kommo').setAttribute('aria-checked', String(Boolean(value('controls', 'kommoStopped'))));
  /** @type {HTMLButtonElement} */ (byId('kill-mover')).disabled = !value('controls', 'mover');
}

function drawHealth() {
  const troubles = value('connection', 'connected') === false ? ['The board has stopped'] : [...all('health').values()];
  const place = byId('health');
  place.textContent = troubles.join(' · ');
  place.classList.toggle('bad', troubles.length > 0);
}
