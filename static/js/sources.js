/* Sources once stood all on this page, each a place on it: their old addresses lead on to their own pages, and those of kinds to
   the list of one. Servers are not told such places. */
"use strict";

const place = location.hash.slice(1);
if (/^[-\w]+$/.test(place) && !document.getElementById(place))
  location.replace(document.getElementById(`kind-${place}`) ? `?kind=${place}` : `${place}/`);
