// The service's own interface, which decides what a caller may do: nothing here does more than ask it.

const KEY = 'platter-token';

/** What the service answered when it did not do as it was asked. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Who is told that the token is no good. */
let refused = () => {};

export function onRefused(listener) {
  refused = listener;
}

export function token() {
  return sessionStorage.getItem(KEY) || '';
}

/** Keeps a token for as long as this tab is open, and nowhere else. */
export function keepToken(text) {
  if (text) {
    sessionStorage.setItem(KEY, text);
  } else {
    sessionStorage.removeItem(KEY);
  }
}

function headers(more = {}) {
  const all = {Accept: 'application/json', ...more};
  if (token()) {
    all['X-Auth-Token'] = token();
  }
  return all;
}

function errorOf(status, text) {
  let message = '';
  try {
    message = JSON.parse(text).message;
  } catch {
    // Not from the service itself: a proxy says something of its own.
  }
  if (status === 401) {
    refused();
    return new ApiError(status, 'Your token is missing, wrong or has expired. Please sign in.');
  }
  return new ApiError(status, message || `The service answered ${status}.`);
}

async function send(method, path, {body, type = 'application/json', signal, accept, more} = {}) {
  const options = {method, headers: headers(more), signal, cache: 'no-store', credentials: 'same-origin', redirect: 'error'};
  if (accept) {
    options.headers.Accept = accept;
  }
  if (body !== undefined) {
    options.headers['Content-Type'] = type;
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw error.name === 'AbortError' ? error : new ApiError(0, 'The service cannot be reached.');
  }
  if (!answer.ok) {
    throw errorOf(answer.status, await answer.text());
  }
  return answer;
}

export async function get(path, signal) {
  return (await send('GET', path, {signal})).json();
}

/** The document, or null where the answer is one of these. */
export async function getUnless(path, ...statuses) {
  try {
    return await get(path);
  } catch (error) {
    if (statuses.includes(error.status)) {
      return null;
    }
    throw error;
  }
}

/** The document whatever the status is, as long as it is one. */
export async function health() {
  const answer = await fetch('healthcheck/detail', {headers: headers(), cache: 'no-store'});
  if (answer.status !== 200 && answer.status !== 503) {
    if (answer.status === 403) {
      return null;
    }
    throw errorOf(answer.status, await answer.text());
  }
  const document = await answer.json();
  if (!document.reasons) {
    throw new ApiError(answer.status, document.message);
  }
  return document;
}

/** A picture (SVG): itself, and what it shows in words. */
export async function picture(path, signal) {
  const text = await (await send('GET', path, {signal, accept: 'image/svg+xml'})).text();
  const words = /<desc>([^<]*)<\/desc>/.exec(text)?.[1] || '';
  const signs = {'&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&'};
  return {blob: new Blob([text], {type: 'image/svg+xml'}), words: words.replace(/&(?:lt|gt|quot|amp);/g, sign => signs[sign])};
}

export async function post(path, body) {
  const answer = await send('POST', path, {body});
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

export function remove(path) {
  return send('DELETE', path);
}

export function imagePath(id) {
  return `v2/images/${encodeURIComponent(id)}`;
}

/** Sends a file, and tells how far that is; the promise is kept when the service has all of it. */
export function upload(path, file, store, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path);
    for (const [name, value] of Object.entries(headers({'Content-Type': 'application/octet-stream'}))) {
      request.setRequestHeader(name, value);
    }
    if (store) {
      request.setRequestHeader('x-image-meta-store', encodeURIComponent(store));
    }
    request.upload.addEventListener('progress', event => onProgress(event.loaded, file.size));
    request.addEventListener('load', () =>
      request.status < 300 ? resolve() : reject(errorOf(request.status, request.responseText)));
    request.addEventListener('error', () => reject(new ApiError(0, 'The connection broke off.')));
    request.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** One stream of events (Server-Sent Events), which needs a header that EventSource cannot send. */
async function* stream(path, signal) {
  const answer = await send('GET', path, {signal, accept: 'text/event-stream'});
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {name: 'message', data: ''};
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) {
          event.name = line.slice(7);
        } else if (line.startsWith('data: ')) {
          event.data += line.slice(6);
        }
      }
      if (event.data) {
        yield {name: event.name, data: JSON.parse(event.data)};
      }
    }
  }
}

/** Follows the tasks of an image until none is under way, over streams that break off, too. */
export async function follow(id, listener, signal) {
  for (;;) {
    try {
      for await (const event of stream(`${imagePath(id)}/tasks/events`, signal)) {
        if (event.name === 'end') {
          return;
        }
        listener(event.name, event.data);
      }
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 403 || error.status === 404) {
        throw error;
      }
    }
    await new Promise(resolve => { setTimeout(resolve, 2000); });
    if (signal.aborted) {
      throw new DOMException('Cancelled', 'AbortError');
    }
  }
}
