"""Latent Explorer: the latent space of autoencoders as something people can touch.

Data flows one way: image → model → latent → measure → figure → page. Everything above
``session.py`` works in a notebook without Streamlit.
"""
