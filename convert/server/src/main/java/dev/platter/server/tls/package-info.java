/** How the service proves to callers that it is the service: TLS from 1.2 on. */
package dev.platter.server.tls;
