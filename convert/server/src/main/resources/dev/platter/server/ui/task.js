// Tasks: how one looks, and the list of all.

import {getUnless} from './api.js';
import {badge, el, failure, field, select} from './dom.js';
import {progressText, statusKind, time} from './text.js';

const TYPES = {api_image_import: 'Import', import: 'Import (made as a task)', location_import: 'Import where it lies'};

/** A task as an item of a list, and how to change it when it goes on. */
export function taskItem(task, image) {
  const state = el('span');
  const bar = el('progress', {'aria-label': 'Progress of the import'});
  const how = el('p');
  const method = task.input?.import_req?.method;
  const update = now => {
    state.replaceChildren(badge(now.status, statusKind(now.status)));
    const under = now.status === 'pending' || now.status === 'processing';
    bar.hidden = !under;
    if (under && now.progress?.bytes_total) {
      bar.max = now.progress.bytes_total;
      bar.value = now.progress.bytes_done;
    } else {
      bar.removeAttribute('value');
    }
    how.textContent = under && now.progress ? progressText(now.progress)
      : now.status === 'pending' ? 'It waits for its turn.' : now.message || '';
    how.className = now.status === 'failure' ? 'error' : 'quiet';
  };
  update(task);
  return {
    update,
    element: el('li', {class: 'panel'},
      el('h3', {}, TYPES[task.type] || task.type, state),
      image && el('p', {}, el('a', {href: `#image/${encodeURIComponent(image)}`}, image)),
      bar, how,
      method && el('p', {class: 'quiet'}, [method.name, method.uri || method.image_id].filter(part => part).join(': ')),
      el('p', {class: 'quiet'}, time(task.updated_at || task.created_at))),
  };
}

const PAGE = 12;

export async function showTasks(main, signal) {
  const status = select([['', 'Any'], 'pending', 'processing', 'success', 'failure'], '');
  const result = el('div');
  const state = {turn: 0, timer: 0};
  status.addEventListener('change', () => load(result, status.value, [], state, signal));
  main.append(el('h1', {}, 'Tasks'), el('form', {class: 'bar', onsubmit: event => event.preventDefault()}, field('State', status)), result);
  signal.addEventListener('abort', () => clearTimeout(state.timer));
  await load(result, '', [], state, signal);
}

async function load(result, status, markers, state, signal) {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  const parameters = new URLSearchParams({limit: PAGE});
  if (status) {
    parameters.set('status', status);
  }
  if (markers.length > 0) {
    parameters.set('marker', markers.at(-1));
  }
  let answer;
  let tasks = [];
  try {
    answer = await getUnless(`v2/tasks?${parameters}`, 403);
    if (answer) { // The list has neither reasons nor progress.
      tasks = (await Promise.all(answer.tasks.map(task => getUnless(`v2/tasks/${encodeURIComponent(task.id)}`, 404)))).filter(task => task);
    }
  } catch (error) {
    if (!signal.aborted && turn === state.turn) {
      result.replaceChildren(failure(error));
    }
    return;
  }
  if (signal.aborted || turn !== state.turn) {
    return;
  }
  if (!answer) {
    result.replaceChildren(el('p', {class: 'panel empty'}, 'Only administrators may list all tasks. The page of each image has its own.'));
    return;
  }
  const next = answer.next ? new URLSearchParams(answer.next.split('?')[1]).get('marker') : null;
  const turnTo = more => load(result, status, more, state, signal);
  result.replaceChildren(
    tasks.length > 0 ? el('ul', {class: 'cards'}, tasks.map(task => taskItem(task, task.image_id).element))
      : el('p', {class: 'panel empty'}, 'There are no tasks. Finished ones are kept for some days.'),
    el('nav', {class: 'actions', 'aria-label': 'Pages'},
      el('button', {type: 'button', class: 'plain', disabled: markers.length === 0, onclick: () => turnTo(markers.slice(0, -1))}, 'Previous'),
      el('button', {type: 'button', class: 'plain', disabled: !next, onclick: () => turnTo([...markers, next])}, 'Next')));
  if (tasks.some(task => ['pending', 'processing'].includes(task.status))) {
    state.timer = setTimeout(() => load(result, status, markers, state, signal), 2000);
  }
}
