"""Metadata of photos: EXIF, IPTC, XMP and Photoshop resources, read from the input and written into the
result.
"""
