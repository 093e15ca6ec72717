"""What a feed must be: well-formed, of the shape of RFC 4287 that ours has, and readable."""

from urllib.parse import urlsplit

import feedparser
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
# Written for our feeds: what RFC 4287 asks for, and of what it leaves open only what we send.
SCHEMA = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start>
    <element name="feed">
      <attribute name="xml:lang" ns=""><value>en-GB</value></attribute>
      <ref name="named"/>
      <element name="author"><element name="name"><ref name="words"/></element></element>
      <optional><element name="rights"><ref name="words"/></element></optional>
      <element name="generator"><ref name="words"/></element>
      <zeroOrMore>
        <element name="entry">
          <element name="title"><ref name="words"/></element>
          <ref name="link"/>
          <element name="published"><ref name="moment"/></element>
          <element name="updated"><ref name="moment"/></element>
          <element name="id"><ref name="tag"/></element>
          <optional>
            <element name="category">
              <attribute name="term"><ref name="words"/></attribute>
            </element>
          </optional>
          <element name="content">
            <attribute name="type"><value>html</value></attribute><ref name="words"/>
          </element>
        </element>
      </zeroOrMore>
    </element>
  </start>
  <define name="named">
    <element name="title"><ref name="words"/></element>
    <ref name="link"/>
    <element name="link">
      <attribute name="rel"><value>self</value></attribute><ref name="address"/>
    </element>
    <element name="id"><ref name="tag"/></element>
    <element name="updated"><ref name="moment"/></element>
  </define>
  <define name="link">
    <element name="link">
      <attribute name="rel"><value>alternate</value></attribute><ref name="address"/>
    </element>
  </define>
  <define name="address">
    <attribute name="href">
      <data type="anyURI"><param name="pattern">https?://[^ ]+</param></data>
    </attribute>
  </define>
  <define name="words"><data type="string"><param name="minLength">1</param></data></define>
  <define name="tag">
    <data type="anyURI"><param name="pattern">tag:[a-z.]+,2026:[^ ]+</param></data>
  </define>
  <define name="moment">
    <data type="dateTime"><param name="pattern">[^Z]+[+\\-][0-9]{2}:[0-9]{2}</param></data>
  </define>
</grammar>
"""
SHAPE = etree.RelaxNG(etree.fromstring(SCHEMA))


def read_feed(answer):
    """The feed as feedparser reads it; fails where it is not valid, or not one of ours."""
    assert answer.status_code == 200, answer.content[:500]
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    tree = etree.fromstring(answer.content)
    SHAPE.assertValid(tree)
    ids = [element.text for element in tree.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    newest = [element.text for element in tree.iterfind(f"{ATOM}entry/{ATOM}updated")]
    assert tree.findtext(f"{ATOM}updated") == max(newest, default="2026-01-01T00:00:00+00:00")
    for content in tree.iter(f"{ATOM}content"):
        html = etree.HTML(content.text)
        assert all(urlsplit(a.get("href")).netloc for a in html.iter("a"))
    read = feedparser.parse(answer.content)
    assert not read.bozo
    (itself,) = [link.href for link in read.feed.links if link.rel == "self"]
    request = answer.wsgi_request
    assert itself == request.build_absolute_uri(request.get_full_path())
    return read
