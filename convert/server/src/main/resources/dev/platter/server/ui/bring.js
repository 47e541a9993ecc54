// An image in the making: what is shown meanwhile, and its two ways, by a file that is sent, and by an import.

import {follow, get, imagePath, post, remove, upload} from './api.js';
import {el, failure, say, select} from './dom.js';
import {progressText} from './text.js';

/** How many are under way: whoever closes the page is asked first. */
let underWay = 0;

addEventListener('beforeunload', event => {
  if (underWay > 0) {
    event.preventDefault();
  }
});

/**
 * Makes an image, and shows how that goes; it goes on while other views are looked at. An image that did not become one is
 * taken away again. Answers what to say, and the identifier if there is an image.
 *
 * What begins is told the identifier, whom to show progress to, and what says that it is to end.
 */
async function bring(element, {title, fields, begin}) {
  const cancel = new AbortController();
  const bar = el('progress', {'aria-label': 'Progress'});
  const text = el('p', {class: 'quiet'}, 'Beginning…');
  const live = el('div', {class: 'field', id: 'bringing'}, el('h2', {}, title), bar, text,
    el('button', {type: 'button', class: 'plain', onclick: () => cancel.abort()}, 'Cancel'));
  const show = progress => {
    if (progress.bytes_total) {
      bar.max = progress.bytes_total;
      bar.value = progress.bytes_done;
    } else {
      bar.removeAttribute('value');
    }
    text.textContent = progressText(progress);
  };
  element.append(live);
  live.scrollIntoView({block: 'nearest'});
  underWay++;
  let id = null;
  try {
    id = (await post('v2/images', fields)).id;
    await begin(id, show, cancel.signal);
    const image = await get(imagePath(id));
    if (image.status !== 'active') {
      throw new Error(await reason(id) || `The image is ${image.status}.`);
    }
    return {id, text: `“${image.name || id}” is there.`};
  } catch (error) {
    if (id) {
      await remove(imagePath(id)).catch(() => {});
    }
    return {text: error.name === 'AbortError' ? 'Cancelled.' : error.message};
  } finally {
    underWay--;
    live.remove();
  }
}

/** Makes one for a form, and goes to it, or says in the form what went wrong. */
export async function bringFor({form, fields, problem, submit}, signal, wanted) {
  problem.replaceChildren();
  fields.disabled = true;
  const done = await bring(form, wanted);
  fields.disabled = false;
  if (signal.aborted) { // The user has gone on to other things.
    say(done.text);
  } else if (done.id) {
    say(done.text);
    location.hash = `#image/${encodeURIComponent(done.id)}`;
  } else {
    problem.replaceChildren(failure(new Error(done.text)));
    submit.focus();
  }
}

/** Who is to see a new image. */
export function visibilityChoice() {
  return select([['private', 'private: your project alone'], ['shared', 'shared: with projects that you name later'],
    ['community', 'community: all projects that know it'], ['public', 'public: all projects']], 'shared');
}

/** The stores that new images may go to. */
export function writable(answer) {
  return (answer ? answer.stores : []).filter(store => !store['read-only']);
}

export function storeChoice(stores) {
  return select([['', 'the usual one'], ...stores.map(each => [each.id, each.description ? `${each.id}: ${each.description}` : each.id])], '');
}

/** Sends a file. */
export function send(file, store) {
  return (id, show, signal) => {
    const started = performance.now();
    return upload(`${imagePath(id)}/file`, file, store, (done, total) => {
      const rate = Math.round(done / Math.max(0.001, (performance.now() - started) / 1000));
      show(done < total
        ? {phase: 'uploading', bytes_done: done, bytes_total: total, bytes_per_second: rate, seconds_left: Math.round((total - done) / Math.max(1, rate))}
        : {phase: 'storing', bytes_done: done, bytes_total: 0});
    }, signal);
  };
}

/** Lets the service import it by a method. */
export function fetchBy(method, store) {
  return async (id, show, signal) => {
    await post(`${imagePath(id)}/import`, {method, ...(store ? {stores: [store]} : {})});
    await follow(id, (name, data) => {
      if (name === 'task' && data.progress) {
        show(data.progress);
      } else if (name === 'task' && data.status === 'pending') {
        show({phase: 'waiting for its turn', bytes_done: 0, bytes_total: 0});
      }
    }, signal);
  };
}

/** Why the last task failed. */
async function reason(id) {
  const {tasks} = await get(`${imagePath(id)}/tasks`);
  return tasks.filter(task => task.status === 'failure').at(-1)?.message;
}
